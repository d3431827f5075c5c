import {
  Card,
  type CardAction,
  type Change,
  type ChangeContent,
  compile,
  type SwipeRecord,
  tenantKey,
} from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { decideBatch } from '../../decide/batch.js';
import { cardKeyOf } from '../../decide/records/keys.js';
import { MemoryStore } from '../../decide/test/memory-store.js';
import { INDEX, MONDAY_9_UTC, swipeIdOf, swipeOf } from '../../decide/test/small-site.js';
import { cardsOf, EmployeeRow } from '../../stores/employee-row.js';
import type { Presence } from '../../stores/presence.js';
import { occupantOf } from '../../stores/zone-state.js';
import { placeCardholders } from '../place-cardholders.js';
import type { MoveMark, PlaceStore } from '../place-store.js';
import type { Effect } from '../rules/effects.js';
import { evaluateChange } from '../rules/evaluate-change.js';
import type { ChangeFacts } from '../rules/facts.js';
import { changeOf } from './example-changes.js';
import { Notebook } from './notebook.js';

const CARDS = ['a', 'b', 'c'] as const;
const PEOPLE = ['xena', 'yuri'] as const;
const SMALL = tenantKey('acme', 'small');
const STEP_MS = 60_000;

const isCard = compile(Card);
const isEmployee = compile(EmployeeRow);

class Killed extends Error {}

/** The tables in memory, with both functions: change-apply, and decide one swipe or a small batch at a time. */
class World {
  readonly store = new MemoryStore();
  readonly #marks = new Map<string, MoveMark>();
  #changes = 0;
  #swipes = 0;
  nowMs = MONDAY_9_UTC;
  /** Number of writes until change-apply is killed. */
  #writesLeft = Number.POSITIVE_INFINITY;
  /** Whether the last write before the death takes effect. */
  #lands = false;

  constructor() {
    this.store.cards.clear();
    this.store.employees.clear();
    for (const employeeId of PEOPLE) this.employ(employeeId);
    this.store.zoneStates.set(SMALL, { zoneKey: SMALL, version: 1, occupants: [], presentations: [] });
  }

  employ(employeeId: string): void {
    const known = this.store.employees.get(tenantKey('acme', employeeId));
    const row = { ...known, employeeId, name: employeeId, active: true, accessLevelIds: ['all'] };
    this.store.employees.set(tenantKey('acme', employeeId), row);
  }

  /** @returns whether the change was applied */
  async apply(content: ChangeContent, killed?: { afterWrites: number; lands: boolean }): Promise<boolean> {
    this.#changes += 1;
    const change = changeOf(content, swipeIdOf(this.#changes), new Date(this.nowMs).toISOString());
    const result = evaluateChange(change, this.#factsOf(change));
    if (result.outcome === 'rejected') return false;
    const position = `2026-11-23/${String(this.#changes).padStart(20, '0')}`;
    this.#writesLeft = killed?.afterWrites ?? Number.POSITIVE_INFINITY;
    this.#lands = killed?.lands ?? false;
    try {
      await this.#carryOut(result.effects, position);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#writesLeft = Number.POSITIVE_INFINITY;
      await this.#carryOut(result.effects, position);
    }
    return true;
  }

  async swipe(...shown: Pick<SwipeRecord, 'cardId' | 'readerId'>[]): Promise<void> {
    const swipes = shown.map((each, i) => {
      this.#swipes += 1;
      const readAt = new Date(this.nowMs + i * 1_000).toISOString();
      const swipe = swipeOf({ n: this.#swipes, readAt, ...each });
      const sequence = `${String(this.#swipes).padStart(56, '0')}.000000`;
      const arrivedAtMs = Date.parse(readAt);
      return { swipe, cardKey: cardKeyOf(swipe), kinesisSequence: String(this.#swipes), sequence, arrivedAtMs };
    });
    const failed = await decideBatch(
      { swipes, doorEvents: [], deviceRecords: [], unreadable: [] },
      this.store.deps(this.nowMs),
    );
    if (failed.length > 0) throw new Error(`not decided: ${failed.join()}`);
  }

  /** The decisions on the last swipes, in order. */
  decided(count: number) {
    const inOrder = Array.from(this.store.decisions.values()).toSorted((a, b) => (a.sequence < b.sequence ? -1 : 1));
    return inOrder.slice(-count);
  }

  /** The muster list: `person zone`, or `?card zone`. */
  lines(): string[] {
    return Array.from(this.store.presence.values())
      .flatMap(({ cardKey, employeeId, inside }) =>
        inside === undefined ? [] : [`${employeeId ?? `?${cardKey.slice('acme/'.length)}`} ${inside.zoneId}`],
      )
      .sort();
  }

  #factsOf({ content }: Change): ChangeFacts {
    const { cards, employees, presence } = this.store;
    const facts: ChangeFacts = {
      card: undefined,
      employee: undefined,
      employeeCards: new Map(),
      wasErased: false,
      presence: new Map(),
      formerHolder: undefined,
      host: undefined,
      cardHolder: undefined,
      lateBlocks: [],
      site: INDEX,
      readerKeys: [],
      accessLevelHeld: false,
      storedTenant: undefined,
      operatorKey: undefined,
      devices: [],
      peopleInside: 0,
    };
    const cardId = 'cardId' in content ? content.cardId : undefined;
    const card = cards.get(tenantKey('acme', cardId ?? ''));
    const row = presence.get(tenantKey('acme', cardId ?? ''));
    const named = 'employeeId' in content ? content.employeeId : undefined;
    const employeeId = named ?? (content.type === 'mark-outside' ? row?.employeeId : card?.employeeId);
    const employee = employees.get(tenantKey('acme', employeeId ?? ''));
    const ids = new Set([
      ...(cardId === undefined ? [] : [cardId]),
      ...(employee === undefined ? [] : cardsOf(employee)),
    ]);
    return {
      ...facts,
      card,
      employee,
      employeeCards: new Map(
        (employee?.cardIds ?? []).flatMap((id) => {
          const theirs = cards.get(tenantKey('acme', id));
          return theirs === undefined ? [] : [[id, theirs] as const];
        }),
      ),
      presence: new Map(
        Array.from(ids).flatMap((id): [string, Presence][] => {
          const theirs = presence.get(tenantKey('acme', id));
          return theirs === undefined ? [] : [[id, theirs]];
        }),
      ),
      formerHolder: row?.employeeId === named ? undefined : employees.get(tenantKey('acme', row?.employeeId ?? '')),
    };
  }

  async #carryOut(effects: readonly Effect[], position: string): Promise<void> {
    for (const effect of effects) {
      if (effect.kind !== 'put') continue;
      const { values } = effect;
      if (effect.table === 'cards' && isCard(values)) this.store.cards.set(String(effect.key['cardKey']), values);
      if (effect.table === 'employees' && isEmployee(values)) {
        this.store.employees.set(String(effect.key['employeeKey']), values);
      }
    }
    const moves = effects.flatMap((effect) => (effect.kind === 'move' || effect.kind === 'carry' ? [effect] : []));
    const logger = { error: () => undefined };
    await placeCardholders(moves, { tenantId: 'acme', position }, { places: this.#places(), logger });
  }

  #places(): PlaceStore {
    const { presence, zoneStates } = this.store;
    const write = (act: () => void) => {
      this.#writesLeft -= 1;
      if (this.#writesLeft >= 0 || this.#lands) act();
      if (this.#writesLeft < 0) throw new Killed();
      return 'written' as const;
    };
    return {
      presence: async (cardKey) => {
        const row = presence.get(cardKey);
        return row && { presence: row, mark: this.#marks.get(cardKey) };
      },
      writePresence: async (row, mark) => {
        if ((presence.get(row.cardKey)?.version ?? 0) !== row.version - 1) return 'overtaken';
        return write(() => {
          presence.set(row.cardKey, row);
          this.#marks.set(row.cardKey, mark);
        });
      },
      zone: async (zoneKey) => zoneStates.get(zoneKey),
      writeZone: async (state) => write(() => zoneStates.set(state.zoneKey, state)),
    };
  }
}

const inRule: CardAction[] = ['lost', 'lost', 'lost', 'stolen', 'suspend', 'expire', 'destroyed', 'reactivate'];
const cardId = fc.constantFrom(...CARDS);
const person = fc.constantFrom(...PEOPLE);
const shown = fc.record({
  cardId,
  readerId: fc.constantFrom(
    'none-in',
    'none-out',
    'hard-in',
    'hard-out',
    'small-in',
    'small-out',
    'free',
    'small-free',
  ),
});
const killed = fc.option(fc.record({ afterWrites: fc.nat({ max: 4 }), lands: fc.boolean() }), { nil: undefined });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('link' as const), cardId, person, toCome: fc.boolean(), killed }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unlink' as const), cardId }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('change' as const), cardId, action: fc.constantFrom(...inRule) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), person, killed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark-person' as const), person, killed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark-card' as const), cardId, killed }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('swipe' as const),
      shown: fc.array(shown, { minLength: 1, maxLength: 3 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Does a step in the world and in the notebook. */
async function take(world: World, book: Notebook, step: Step): Promise<void> {
  const { nowMs } = world;
  switch (step.kind) {
    case 'link': {
      const { cardId, person, toCome } = step;
      const validFrom = new Date(nowMs + 86_400_000).toISOString();
      const link = { type: 'link-card', cardId, employeeId: person, buildingId: 'b', zoneId: 'small' } as const;
      const isApplied = await world.apply({ ...link, ...(toCome && { validFrom }) }, step.killed);
      // A link without dates keeps those that the card has.
      const begins = world.store.cards.get(tenantKey('acme', cardId))?.validFrom;
      const isInForce = begins === undefined || Date.parse(begins) <= nowMs;
      if (isApplied) book.link(cardId, person, isInForce ? 'small' : undefined);
      return;
    }
    case 'unlink':
      if (await world.apply({ type: 'change-card', action: 'unlink', cardId: step.cardId })) book.unlink(step.cardId);
      return;
    case 'change':
      await world.apply({ type: 'change-card', action: step.action, cardId: step.cardId });
      return;
    case 'erase':
      await world.apply({ type: 'erase-employee', employeeId: step.person }, step.killed);
      book.erase(step.person);
      world.employ(step.person);
      return;
    case 'mark-person':
      await world.apply({ type: 'mark-outside', employeeId: step.person }, step.killed);
      book.markPerson(step.person);
      return;
    case 'mark-card':
      await world.apply({ type: 'mark-outside', cardId: step.cardId }, step.killed);
      book.markCard(step.cardId);
      return;
    case 'swipe':
      await world.swipe(...step.shown);
      for (const { cardId, readerId, outcome, direction, reason } of world.decided(step.shown.length)) {
        const zoneId = INDEX.readers.get(readerId)?.zoneId;
        const holder = book.holderOf(cardId);
        if (readerId === 'hard-in' && outcome === 'granted' && holder !== undefined) {
          must(book.zoneOf(holder) !== 'hard', `${holder} enters twice`);
        }
        if (reason === 'denied-passback')
          must(holder !== undefined && book.zoneOf(holder) === zoneId, 'no one was inside');
        if (outcome === 'granted') book.moved(cardId, direction === 'in' ? zoneId : undefined);
      }
  }
}

const link = (cardId: 'a' | 'b', person: 'xena' | 'yuri', toCome = false): Step => {
  return { kind: 'link', cardId, person, toCome, killed: undefined };
};
const lost = (cardId: 'a' | 'b'): Step => ({ kind: 'change', cardId, action: 'lost' });
const unlink = (cardId: 'a' | 'b'): Step => ({ kind: 'unlink', cardId });
const swipe = (cardId: 'a' | 'b', readerId: 'small-out' | 'hard-in'): Step => {
  return { kind: 'swipe', shown: [{ cardId, readerId }] };
};

/** Each once left a person on the list by mistake, or dropped one. */
const EXAMPLES: Step[][] = [
  // Unlink while inside, link a replacement, leave.
  [link('a', 'xena'), unlink('a'), link('b', 'xena'), swipe('b', 'small-out')],
  // Leave with the card that was taken away.
  [link('a', 'xena'), unlink('a'), swipe('a', 'small-out')],
  // The card is valid from a later day.
  [link('a', 'xena', true), swipe('a', 'small-out')],
  // Leave with the lost card, or with its replacement, which is valid from tomorrow.
  [link('a', 'xena'), lost('a'), link('b', 'xena', true), swipe('a', 'small-out')],
  [link('a', 'xena'), lost('a'), link('b', 'xena', true), swipe('b', 'small-out')],
  [link('a', 'xena'), lost('a'), link('b', 'xena'), swipe('b', 'hard-in'), swipe('a', 'small-out')],
  // The card is issued to someone else while its former holder is inside.
  [
    link('a', 'xena'),
    unlink('a'),
    link('a', 'yuri'),
    swipe('a', 'small-out'),
    { kind: 'mark-person', person: 'xena', killed: undefined },
  ],
];

t.test('whatever happens to cards, each person is on the muster list once while inside, and not after', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20, size: 'max' }), async (steps) => {
      const world = new World();
      const book = new Notebook();
      for (const each of steps) {
        await take(world, book, each);
        world.nowMs += STEP_MS;
        const [actual, expected] = [world.lines().join(', '), book.lines().join(', ')];
        must(actual === expected, `after ${JSON.stringify(each)}: ${actual}, not ${expected}`);
        const inside = world.store.inside('small').map(occupantOf).sort().join();
        const counted = world.store.occupants('small').join();
        must(counted === inside, `after ${JSON.stringify(each)}: the zone counts ${counted}, not ${inside}`);
      }
    }),
    { numRuns: 60, examples: EXAMPLES.map((steps) => [steps]) },
  );
});
