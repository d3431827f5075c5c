import type { Principal } from '../auth/api-key-directory.js';
import type { ItemProblem, ProblemCode } from '../contract/index.js';
import { MalformedLine } from './parse-body.js';
import { errorCode, type Sink } from './sink.js';

/** Why an item is not taken: a problem code, the member that is wrong, and a sentence whose subject is the member or item. */
export class Rejection {
  readonly code: ProblemCode;
  readonly field: string;
  readonly reason: string;

  constructor(code: ProblemCode, field: string, reason: string) {
    this.code = code;
    this.field = field;
    this.reason = reason;
  }
}

/** How one kind of item becomes a record of the stream. */
export interface ItemKind<Item> {
  /** The item, checked once, or why it is none. */
  read(value: unknown, principal: Principal, receivedAtMs: number): Item | Rejection;
  /** The member that names an item, by which a rejection points at it. */
  idMember: 'swipeId' | 'eventId';
  partitionKey(item: Item, principal: Principal): string;
  /** The record's bytes, as the stream carries them. `receivedAt` is RFC 3339, `receivedAtMs` the same since the epoch. */
  record(item: Item, principal: Principal, receivedAt: string, receivedAtMs: number): string;
}

/** What became of a body's items. `accepted[i]` stood at `indexes[i]` of the body and is durable when `durable[i]` is. */
export interface Admission<Item> {
  receivedAt: string;
  accepted: Item[];
  indexes: number[];
  durable: Promise<unknown>[];
  rejected: ItemProblem[];
}

/**
 * Checks, stamps and hands over each item of a body, in order. One bad item is rejected alone. Returns before anything is
 * durable: see {@link awaitDurable}.
 */
export function admit<Item>(
  kind: ItemKind<Item>,
  values: readonly unknown[],
  principal: Principal,
  sink: Sink,
  nowMs: number,
): Admission<Item> {
  const receivedAt = new Date(nowMs).toISOString();
  const admission: Admission<Item> = { receivedAt, accepted: [], indexes: [], durable: [], rejected: [] };
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const item =
      value instanceof MalformedLine
        ? new Rejection('malformed-json', '', value.reason)
        : kind.read(value, principal, nowMs);
    if (item instanceof Rejection) {
      admission.rejected.push(itemProblem(index, kind, value, item));
      continue;
    }
    try {
      const record = kind.record(item, principal, receivedAt, nowMs);
      admission.durable.push(sink.put(kind.partitionKey(item, principal), record));
    } catch (error) {
      admission.rejected.push(itemProblem(index, kind, value, refusal(error)));
      continue;
    }
    admission.accepted.push(item);
    admission.indexes.push(index);
  }
  return admission;
}

/**
 * Waits until every accepted item is durable, and moves those that are not within `timeoutMs` to the rejected. They may
 * still reach the stream later: the sender's retry has the same id and is recognised as a duplicate.
 */
export async function awaitDurable<Item>(
  admission: Admission<Item>,
  kind: ItemKind<Item>,
  timeoutMs: number,
): Promise<Admission<Item>> {
  const promises = distinct(admission.durable);
  const [only] = promises;
  const outcomes =
    promises.length === 1 && only !== undefined
      ? [await outcomeWithin(only, timeoutMs)]
      : await Promise.all(promises.map((promise) => outcomeWithin(promise, timeoutMs)));
  if (outcomes.every((outcome) => outcome === 'durable')) return admission;
  const { receivedAt, accepted, indexes, durable } = admission;
  const after: Admission<Item> = { receivedAt, accepted: [], indexes: [], durable: [], rejected: admission.rejected };
  for (const [i, item] of accepted.entries()) {
    const index = indexes[i] ?? i;
    const promise = durable[i];
    const outcome = promise && outcomes[promises.indexOf(promise)];
    if (outcome === 'durable') {
      after.accepted.push(item);
      after.indexes.push(index);
    } else {
      after.rejected.push(itemProblem(index, kind, item, outcome ?? NOT_ACKNOWLEDGED));
    }
  }
  after.rejected.sort((a, b) => a.index - b.index);
  return after;
}

/** Few, and mostly neighbours: items of one shard's record share a promise. */
function distinct(promises: readonly Promise<unknown>[]): Promise<unknown>[] {
  const found: Promise<unknown>[] = [];
  for (const promise of promises) {
    if (found[found.length - 1] !== promise && !found.includes(promise)) found.push(promise);
  }
  return found;
}

type Outcome = 'durable' | Rejection;

const outcomesOf = new WeakMap<Promise<unknown>, Promise<Outcome>>();

/**
 * What a promise comes to within the time. Requests that share the promise share the wait and its timer, which runs from
 * the first of them: those that a record gathers are milliseconds apart.
 */
function outcomeWithin(promise: Promise<unknown>, timeoutMs: number): Promise<Outcome> {
  const known = outcomesOf.get(promise);
  if (known !== undefined) return known;
  const outcome = new Promise<Outcome>((resolve) => {
    const timer = setTimeout(() => resolve(NOT_ACKNOWLEDGED), timeoutMs);
    promise.then(
      () => {
        clearTimeout(timer);
        resolve('durable');
      },
      (error: unknown) => {
        clearTimeout(timer);
        resolve(refusal(error));
      },
    );
  });
  outcomesOf.set(promise, outcome);
  return outcome;
}

const NOT_ACKNOWLEDGED = new Rejection(
  'stream-unavailable',
  '',
  'has not been acknowledged by the stream in time; send it again with the same id',
);

function itemProblem<Item>(
  index: number,
  { idMember }: ItemKind<Item>,
  value: unknown,
  { code, field, reason }: Rejection,
): ItemProblem {
  const id = idOf(value, idMember);
  return id === undefined ? { index, code, field, reason } : { index, [idMember]: id, code, field, reason };
}

/** The id an item claims, if it is a string of a sane length, to point at the item in an error. */
function idOf(value: unknown, member: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(member in value)) return undefined;
  const id: unknown = Reflect.get(value, member);
  return typeof id === 'string' && id.length <= 64 ? id : undefined;
}

/** A sink's error in the words of the API. */
function refusal(error: unknown): Rejection {
  switch (errorCode(error)) {
    case 'BUFFER_FULL':
      return new Rejection('overloaded', '', 'was not taken, for the gateway’s buffer is full; send it again later');
    case 'CLOSED':
      return new Rejection('shutting-down', '', 'was not taken, for the gateway is shutting down; send it again');
    case 'RECORD_TOO_LARGE':
      return new Rejection('invalid-item', '', 'is larger than a record of the stream may be');
    default:
      return new Rejection('stream-unavailable', '', 'was not taken by the stream; send it again with the same id');
  }
}
