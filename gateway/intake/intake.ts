import type { ItemProblem } from '@swipegate/contract';
import type { Principal } from '../auth/api-key-directory.js';
import { allDurable, fateOf } from './durability.js';
import { MalformedLine } from './parse-body.js';
import { claimedId, type IdMember, itemProblem, Rejection, rejectionOf } from './rejection.js';
import type { Sink } from './sink.js';

/** Memory of an awaited decision: its parsed swipe, its timer and its entry in the hub. Released with the request. */
export const AWAITED_BYTES = 1_200;

/** Turns one kind of item into records of the stream. */
export interface ItemKind<Item> {
  read(value: unknown, principal: Principal): Item | Rejection;
  /** Member that holds the item's id. */
  idMember: IdMember;
  id(item: Item): string;
  /** Creates the encoder for one body; parts that all its records share are built once. */
  encoder(principal: Principal, receivedAtMs: number): RecordEncoder<Item>;
}

export interface RecordEncoder<Item> {
  partitionKey(item: Item): string;
  /** JSON for the stream. */
  record(item: Item): string;
}

/** Result of {@link admit}. The item at index `indexes[i]` of the body is durable once `durable[i]` resolves. */
export interface Admission {
  receivedAt: string;
  idAt(index: number): string | undefined;
  indexes: number[];
  durable: Promise<unknown>[];
  rejected: ItemProblem[];
}

export interface Result {
  receivedAt: string;
  /** Number of durable items. */
  accepted: number;
  rejected: ItemProblem[];
}

/**
 * Validates the items of a body and puts them on the sink, in order. A bad item is rejected alone. Retains only the
 * ids: objects that live until the stream answers cost more in garbage collections than in parsing.
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
  const encoder = kind.encoder(principal, nowMs);
  const ids: string[] = [];
  const admission: Admission = { receivedAt, idAt: (index) => ids[index], indexes: [], durable: [], rejected: [] };
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const item =
      value instanceof MalformedLine ? new Rejection('malformed-json', '', value.reason) : kind.read(value, principal);
    if (item instanceof Rejection) {
      admission.rejected.push(itemProblem(index, kind.idMember, claimedId(value, kind.idMember), item));
      continue;
    }
    const id = kind.id(item);
    ids[index] = id;
    try {
      admission.durable.push(sink.put(encoder.partitionKey(item), encoder.record(item)));
    } catch (error) {
      admission.rejected.push(itemProblem(index, kind.idMember, id, rejectionOf(error)));
      continue;
    }
    admission.indexes.push(index);
    onTaken?.(item, index);
  }
  return admission;
}

const NOT_ACKNOWLEDGED = new Rejection(
  'stream-unavailable',
  '',
  'was not acknowledged by the stream in time; send it again with the same id',
);

/** Rejects late items. If one reaches the stream after all, the sender's retry has the same id and is a duplicate. */
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
    const rejection = typeof fate === 'object' ? rejectionOf(fate.error) : NOT_ACKNOWLEDGED;
    late.push(itemProblem(index, idMember, idAt(index), rejection));
  }
  const all = [...rejected, ...late].sort((a, b) => a.index - b.index);
  return { receivedAt, accepted: indexes.length - late.length, rejected: all };
}
