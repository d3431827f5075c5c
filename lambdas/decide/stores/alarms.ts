import * as crypto from 'node:crypto';
import {
  type Decision,
  type DoorEventRecord,
  type DoorEventType,
  keyInstant,
  type RaisedAlarmType,
  type SwipeRecord,
  tenantKey,
} from '@swipegate/contract';
import { hashedId } from '@swipegate/contract/values/hashed-id';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import { LRUCache } from 'lru-cache';
import { swipeKeyOf } from '../records/keys.js';
import { type ClockLimits, ruledInstant, ruledTime } from '../rules/clock.js';

/** Entry of the door-event table: an event that a reader posted, or an alarm that decide raised. */
export interface DoorEventEntry extends Omit<DoorEventRecord, 'type'> {
  type: DoorEventType | RaisedAlarmType;
  /** The reader's own time, unchanged. `occurredAt` is the time that counts. */
  reportedAt: string;
  detail?: string;
}

/** The members of a swipe or door event that an alarm needs. */
interface Timed {
  tenantId: string;
  readerId: string;
  /** Time of the reader, as sent. */
  reportedAt: string;
  receivedAt: string;
}

/** Returns the entry of a posted event, dated like a swipe: a wrong clock must not hide an alarm among old ones. */
export function doorEventEntry(event: DoorEventRecord, limits: ClockLimits): DoorEventEntry {
  const { occurredAt: reportedAt, receivedAt } = event;
  const { atMs } = ruledTime(reportedAt, { receivedAt, isOffline: false }, limits);
  return { ...event, occurredAt: keyInstant(atMs), reportedAt };
}

/** Returns the silent alarm for a swipe with the duress sign. A retry of the swipe returns the same alarm. */
export function duressAlarm(decision: Decision): DoorEventEntry {
  const { tenantId, swipeId: eventId, readerId, readAt: reportedAt, receivedAt, timeBasis } = decision;
  const occurredAt = ruledInstant(decision, timeBasis);
  return { kind: 'door-event', tenantId, eventId, readerId, type: 'duress', occurredAt, reportedAt, receivedAt };
}

/** Returns the alarm for a swipe of a traced card. It may stand beside one of duress, so its id is another. */
export function traceAlarm(decision: Decision): DoorEventEntry {
  const { swipeId } = decision;
  const eventId = hashedId(`trace ${swipeKeyOf(decision)}`);
  return { ...duressAlarm(decision), eventId, type: 'trace', detail: `A traced card was shown: swipe ${swipeId}.` };
}

/** Readers whose alarms of the current hour are remembered. */
const MAX_NAMES = 50_000;

/**
 * Alarms about a condition that lasts, such as a wrong clock: one an hour, however many swipes show it. All instances
 * of the function give an alarm of one hour the same id, so it has one row.
 */
export class LastingAlarms {
  /** Hour of the last alarm written, by name. */
  readonly #written = new LRUCache<string, string>({ maxSize: MAX_NAMES, sizeCalculation: () => 1 });

  /** Returns the alarms that are due for these decisions and events. {@link wrote} must follow once they are stored. */
  clocks(decisions: readonly Decision[], events: readonly DoorEventEntry[]): DoorEventEntry[] {
    const due = new Map<string, DoorEventEntry>();
    for (const { timeBasis, readAt: reportedAt, ...decision } of decisions) {
      if (timeBasis === 'receivedAt') this.#addClock(due, { ...decision, reportedAt });
    }
    for (const event of events) {
      // Other events may have waited in a reader that was offline; a heartbeat shows the present.
      const isBehind = timestampMs(event.reportedAt) < Date.parse(event.occurredAt);
      const isRight = event.occurredAt === keyInstant(event.reportedAt);
      if (!isRight && (!isBehind || event.type === 'heartbeat')) this.#addClock(due, event);
    }
    return Array.from(due.values());
  }

  /** Returns the alarms that are due for these unreadable rows, each met by a swipe. */
  rows(troubles: readonly { swipe: SwipeRecord; reason: string }[]): DoorEventEntry[] {
    const due = new Map<string, DoorEventEntry>();
    for (const { swipe, reason } of troubles) {
      this.#add(due, { ...swipe, reportedAt: swipe.readAt }, 'row-unreadable', rowDetail(reason));
    }
    return Array.from(due.values());
  }

  wrote(alarms: readonly DoorEventEntry[]): void {
    for (const alarm of alarms) this.#written.set(nameOf(alarm), hourOf(alarm));
  }

  #addClock(due: Map<string, DoorEventEntry>, item: Timed): void {
    this.#add(due, item, 'clock-wrong', clockDetail(item));
  }

  #add(
    due: Map<string, DoorEventEntry>,
    { tenantId, readerId, reportedAt, receivedAt }: Timed,
    type: RaisedAlarmType,
    detail: string,
  ): void {
    const occurredAt = keyInstant(receivedAt);
    const alarm: DoorEventEntry = {
      kind: 'door-event',
      tenantId,
      eventId: '',
      readerId,
      type,
      occurredAt,
      reportedAt,
      receivedAt,
      detail,
    };
    const name = nameOf(alarm);
    if (due.has(name) || this.#written.get(name) === hourOf(alarm)) return;
    due.set(name, { ...alarm, eventId: hashedId(`${name} ${hourOf(alarm)}`) });
  }
}

/** Identifies a row without the key of a card or person: this table holds no personal data. The log has the key. */
function rowDetail(reason: string): string {
  const mark = crypto.createHash('sha256').update(reason).digest('hex').slice(0, 8);
  return `A stored row could not be read. The log of the decision function names it (row ${mark}).`;
}

/** Names the subject of an alarm: a reader, or the row in the detail. */
function nameOf({ type, tenantId, readerId, detail = '' }: DoorEventEntry): string {
  return `${type} ${tenantKey(tenantId, type === 'row-unreadable' ? detail : readerId)}`;
}

function hourOf({ receivedAt }: Pick<Timed, 'receivedAt'>): string {
  return keyInstant(receivedAt).slice(0, 13);
}

function clockDetail({ reportedAt, receivedAt }: Timed): string {
  const aheadMs = timestampMs(reportedAt) - Date.parse(receivedAt);
  if (Number.isNaN(aheadMs)) return 'The reader’s clock shows a time that does not exist.';
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `The reader’s clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the gateway’s.`;
}
