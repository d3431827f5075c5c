import type { WriteResult } from '@swipegate/aws/batch-write-if';
import {
  type Card,
  type Decision,
  type DeviceContactRecord,
  type RefusedDeviceRecord,
  tenantKey,
} from '@swipegate/contract';
import type { EmployeeRow } from '../../stores/employee-row.js';
import type { Presence } from '../../stores/presence.js';
import type { ZoneState } from '../../stores/zone-state.js';
import type { DecideDeps } from '../batch.js';
import { swipeKeyOf } from '../records/keys.js';
import type { ByCard, Unreadable } from '../records/records.js';
import { type DoorEventEntry, LastingAlarms } from '../stores/alarms.js';
import type { HeardReader, UnknownCardSeen } from '../stores/reader-contacts.js';
import { SettledOutboxes } from '../stores/settled-outboxes.js';
import { noRows, type ReadRows, type StoredFacts } from '../stores/store.js';
import type { TenantZone } from '../stores/zone-store.js';
import { CLOCK, INDEX, MONDAY_9_UTC, SITE } from './small-site.js';

/** The function has died: nothing after this happens. */
export class Crash extends Error {}

/** Tables and stream in memory. Dies at a chosen write, counted row by row, like a killed function. */
export class MemoryStore {
  readonly presence = new Map<string, Presence>();
  readonly zoneStates = new Map<string, ZoneState>();
  readonly decisions = new Map<string, Decision>();
  readonly doorEvents = new Map<string, DoorEventEntry>();
  readonly published: Decision[] = [];
  readonly heard: HeardReader[] = [];
  readonly deviceContacts: DeviceContactRecord[] = [];
  readonly refusedDevices: RefusedDeviceRecord[] = [];
  readonly parked = new Map<string, Unreadable>();
  readonly cards = new Map<string, Card>(SITE.cards.map((card) => [tenantKey('acme', card.cardId), card]));
  readonly employees = new Map<string, EmployeeRow>(
    SITE.employees.map((employee) => [tenantKey('acme', employee.employeeId), employee]),
  );
  /** In-memory state of the running function. */
  #settled = new SettledOutboxes(1_000);
  #lasting = new LastingAlarms();
  /** Writes made so far. */
  writes = 0;
  /** Zones read so far (zones, not calls). */
  zoneReads = 0;
  /** The write at which the function dies, and whether that write still takes effect. */
  crash: { atWrite: number; lands: boolean } | undefined;
  #dead = false;
  /** Keys of unreadable rows. */
  readonly bentCards = new Set<string>();
  readonly bentEmployees = new Set<string>();
  /** A card or zone whose row cannot be written. */
  refuses: string | undefined;
  /** Runs before each conditional write. */
  beforeCommit: (presence: Presence) => void = () => undefined;
  /** Runs before zones are written; another function may run meanwhile. */
  beforeZones: () => Promise<void> = async () => undefined;
  errors: unknown[] = [];
  /** Unknown cards, by call. */
  readonly refused: (readonly UnknownCardSeen[])[] = [];
  refuse: (cards: readonly UnknownCardSeen[]) => void = (cards) => this.refused.push(cards);
  /** Unreadable rows met so far. */
  unreadable = 0;

  /** Starts a new function, with the tables as the dead one left them. */
  restart(): void {
    this.crash = undefined;
    this.#settled = new SettledOutboxes(1_000);
    this.#lasting = new LastingAlarms();
    this.#dead = false;
  }

  /** @param repeatWindowMs 0 by default: most tests show a card several times at one moment */
  deps(nowMs = MONDAY_9_UTC, repeatWindowMs = 0): DecideDeps {
    return {
      store: this,
      zones: { read: (zones) => this.readZones(zones), commit: (states) => this.commitZones(states) },
      contacts: {
        heard: async (readers) => {
          for (const [tenantId, readerIds] of readers) {
            for (const readerId of readerIds) this.heard.push({ tenantId, readerId });
          }
        },
        refused: async (cards) => this.refuse(cards),
      },
      devices: {
        seen: async (records) => void this.deviceContacts.push(...records),
        refused: async (records) => void this.refusedDevices.push(...records),
      },
      sites: { siteOf: async () => INDEX },
      lasting: this.#lasting,
      publish: async (decisions) => {
        for (const decision of decisions) this.#write(() => this.published.push(decision));
      },
      park: async (records) => {
        for (const record of records) this.#write(() => this.parked.set(record.sequence, record));
      },
      unreadable: (rows) => {
        this.unreadable += rows;
      },
      now: () => nowMs,
      clock: CLOCK,
      lateAfterMs: 60_000,
      repeatWindowMs,
      logger: {
        error: (context: unknown) => {
          this.errors.push(context);
        },
        warn: () => undefined,
      },
    };
  }

  /** Cards in a zone, according to the zone's row. */
  occupants(zoneId: string): string[] {
    return this.zoneStates.get(tenantKey('acme', zoneId))?.occupants.toSorted() ?? [];
  }

  /** Cards in a zone, according to the cards' rows. */
  inside(zoneId: string): string[] {
    return Array.from(this.presence.values())
      .filter(({ inside }) => inside?.zoneId === zoneId)
      .map(({ cardKey }) => cardKey.slice('acme/'.length))
      .sort();
  }

  async readFacts(cards: ByCard): Promise<StoredFacts> {
    this.#live();
    const facts: StoredFacts = {
      cards: { rows: this.cards, unreadable: bentRows(this.bentCards, new Set(cards.keys())) },
      presence: noRows(),
      decisions: noRows(),
    };
    for (const [cardKey, swipes] of cards) {
      const row = this.presence.get(cardKey);
      if (row !== undefined) {
        const known = this.#settled.find(row);
        facts.presence.rows.set(cardKey, known === undefined ? row : { ...row, outbox: [], last: known.last });
      }
      for (const { swipe } of swipes) {
        const decision = this.decisions.get(swipeKeyOf(swipe));
        if (decision !== undefined) facts.decisions.rows.set(swipeKeyOf(swipe), decision);
      }
    }
    return facts;
  }

  settle(rows: Iterable<Presence>): void {
    for (const row of rows) this.#settled.add(row);
  }

  async readEmployees(keys: Iterable<string>): Promise<ReadRows<EmployeeRow>> {
    this.#live();
    const wanted = new Set(keys);
    const unreadable = bentRows(this.bentEmployees, wanted);
    const rows = Array.from(this.employees).filter(([key]) => wanted.has(key) && !unreadable.has(key));
    return { rows: new Map(rows), unreadable };
  }

  async readPresence(cardKeys: Iterable<string>): Promise<ReadRows<Presence>> {
    this.#live();
    const wanted = new Set(cardKeys);
    return { rows: new Map(Array.from(this.presence).filter(([key]) => wanted.has(key))), unreadable: new Map() };
  }

  async readZones(zones: ReadonlyMap<string, TenantZone>): Promise<ReadRows<ZoneState>> {
    this.#live();
    this.zoneReads += zones.size;
    const rows = Array.from(zones.keys(), (zoneKey): [string, ZoneState] => [
      zoneKey,
      this.zoneStates.get(zoneKey) ?? { zoneKey, version: 0, occupants: [], presentations: [] },
    ]);
    return { rows: new Map(rows), unreadable: new Map() };
  }

  async commitZones(states: readonly ZoneState[]): Promise<WriteResult[]> {
    await this.beforeZones();
    return states.map((state) => {
      if (state.zoneKey === this.refuses) return { code: 'ValidationError', message: 'no' };
      if (state.version !== (this.zoneStates.get(state.zoneKey)?.version ?? 0) + 1) return 'overtaken';
      this.#write(() => this.zoneStates.set(state.zoneKey, structuredClone(state)));
      return 'written';
    });
  }

  async commit(rows: readonly Presence[]): Promise<WriteResult[]> {
    return rows.map((presence) => {
      this.beforeCommit(presence);
      if (presence.cardKey === this.refuses) return { code: 'ValidationError', message: 'no' };
      const current = this.presence.get(presence.cardKey);
      if (presence.version !== (current?.version ?? 0) + 1) return 'overtaken';
      const { forgivenAt } = current ?? {};
      const row = { ...structuredClone(presence), ...(forgivenAt === undefined ? {} : { forgivenAt }) };
      this.#write(() => this.presence.set(presence.cardKey, row));
      return 'written';
    });
  }

  async writeDecisions(decisions: readonly Decision[]): Promise<void> {
    for (const decision of decisions) this.#write(() => this.decisions.set(swipeKeyOf(decision), decision));
  }

  async writeDoorEvents(events: readonly DoorEventEntry[]): Promise<void> {
    for (const event of events) this.#write(() => this.doorEvents.set(event.eventId, event));
  }

  #write(act: () => unknown): void {
    this.#live();
    this.writes += 1;
    if (this.crash?.atWrite === this.writes) {
      this.#dead = true;
      if (this.crash.lands) act();
      throw new Crash();
    }
    act();
  }

  #live(): void {
    if (this.#dead) throw new Crash();
  }
}

function bentRows(bent: ReadonlySet<string>, read: ReadonlySet<string>): Map<string, { reason: string }> {
  return new Map(Array.from(bent).flatMap((key) => (read.has(key) ? [[key, { reason: `${key} is bent` }]] : [])));
}
