import type { ItemProblem, ProblemCode } from '@swipegate/contract';
import type { Principal } from '../auth/api-key-directory.js';
import { allDurable, fateOf } from './durability.js';
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

export type IdMember = 'swipeId' | 'eventId';

/** How one kind of item becomes a record of the stream. */
export interface ItemKind<Item> {
  /** The item, checked once, or why it is none. */
  read(value: unknown, principal: Principal, receivedAtMs: number): Item | Rejection;
  /** The member that names an item, by which a rejection points at it. */
  idMember: IdMember;
  id(item: Item): string;
  /** What turns the items of one body into records, with what they share put together once. */
  encoder(principal: Principal, receivedAt: ReceivedAt): RecordEncoder<Item>;
}

/** When a body came: RFC 3339, and milliseconds since the epoch. */
export interface ReceivedAt {
  text: string;
  ms: number;
}

export interface RecordEncoder<Item> {
  partitionKey(item: Item): string;
  /** The record as the stream carries it. */
  record(item: Item): string;
}

/** What became of a body's items. Of those that were taken, the one at `indexes[i]` of the body is durable when `durable[i]` is. */
export interface Admission {
  receivedAt: string;
  /** The id of the item at an index of the body: all that an answer needs of it. */
  idAt(index: number): string | undefined;
  indexes: number[];
  durable: Promise<unknown>[];
  rejected: ItemProblem[];
}

/** What an answer says of a body. */
export interface Result {
  receivedAt: string;
  /** How many items are durable. */
  accepted: number;
  rejected: ItemProblem[];
}

/**
 * Checks, stamps and hands over each item of a body, in order. One bad item is rejected alone. Returns before anything is
 * durable: see {@link awaitDurable}. Keeps nothing of the items but their ids: what lives on until the stream has answered is
 * copied by the garbage collector, which cost more than reading it.
 *
 * @param onTaken told of each item that was taken, and where in the body it stands
 */
export function admit<Item>(
  kind: ItemKind<Item>,
  values: readonly unknown[],
  principal: Principal,
  sink: Sink,
  nowMs: number,
  onTaken?: (item: Item, index: number) => void,
): Admission {
  const receivedAt = new Date(nowMs).toISOString();
  const encoder = kind.encoder(principal, { text: receivedAt, ms: nowMs });
  const ids: string[] = [];
  const admission: Admission = { receivedAt, idAt: (index) => ids[index], indexes: [], durable: [], rejected: [] };
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const item =
      value instanceof MalformedLine
        ? new Rejection('malformed-json', '', value.reason)
        : kind.read(value, principal, nowMs);
    if (item instanceof Rejection) {
      admission.rejected.push(itemProblem(index, kind.idMember, claimedId(value, kind.idMember), item));
      continue;
    }
    const id = kind.id(item);
    ids[index] = id;
    try {
      admission.durable.push(sink.put(encoder.partitionKey(item), encoder.record(item)));
    } catch (error) {
      admission.rejected.push(refused(index, kind.idMember, id, error));
      continue;
    }
    admission.indexes.push(index);
    onTaken?.(item, index);
  }
  return admission;
}

/**
 * Waits until every item that was taken is durable, and rejects those that are not within `timeoutMs`. They may still reach the
 * stream later: the sender's retry has the same id and is recognised as a duplicate.
 */
export async function awaitDurable(
  { receivedAt, idAt, indexes, durable, rejected }: Admission,
  idMember: IdMember,
  timeoutMs: number,
): Promise<Result> {
  if (await allDurable(durable, timeoutMs)) return { receivedAt, accepted: indexes.length, rejected };
  const late: ItemProblem[] = [];
  for (const [i, index] of indexes.entries()) {
    const fate = fateOf(durable[i]);
    if (fate === 'durable') continue;
    const why = typeof fate === 'object' ? refusal(fate.error) : NOT_ACKNOWLEDGED;
    late.push(itemProblem(index, idMember, idAt(index), why));
  }
  const all = [...rejected, ...late].sort((a, b) => a.index - b.index);
  return { receivedAt, accepted: indexes.length - late.length, rejected: all };
}

const NOT_ACKNOWLEDGED = new Rejection(
  'stream-unavailable',
  '',
  'has not been acknowledged by the stream in time; send it again with the same id',
);

function itemProblem(
  index: number,
  idMember: IdMember,
  id: string | undefined,
  { code, field, reason }: Rejection,
): ItemProblem {
  return id === undefined ? { index, code, field, reason } : { index, [idMember]: id, code, field, reason };
}

/** An item that the sink did not take, with its error in the words of the API. */
export function refused(index: number, idMember: IdMember, id: string | undefined, error: unknown): ItemProblem {
  return itemProblem(index, idMember, id, refusal(error));
}

/** The id an item claims, if it is a string of a sane length, to point at the item in an error. */
export function claimedId(value: unknown, member: IdMember): string | undefined {
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
