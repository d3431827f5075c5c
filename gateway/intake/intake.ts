import type { Principal } from '../auth/api-key-directory.js';
import type { ItemProblem, ProblemCode } from '../contract/index.js';
import { MalformedLine } from './parse-body.js';
import { errorCode, type Sink } from './sink.js';

/** Why an item is not taken: a problem code, the member that is wrong, and a sentence. */
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
  id(value: unknown): string | undefined;
  partitionKey(item: Item, principal: Principal): string;
  /** The record's bytes, as the stream carries them. */
  record(item: Item, principal: Principal, receivedAt: string): string;
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
      admission.rejected.push(itemProblem(index, kind.id(value), item));
      continue;
    }
    try {
      admission.durable.push(sink.put(kind.partitionKey(item, principal), kind.record(item, principal, receivedAt)));
    } catch (error) {
      admission.rejected.push(itemProblem(index, kind.id(value), refusal(error)));
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
  const outcomes = await outcomesWithin(new Set(admission.durable), timeoutMs);
  if (outcomes === 'all durable') return admission;
  const { receivedAt, accepted, indexes, durable } = admission;
  const after: Admission<Item> = { receivedAt, accepted: [], indexes: [], durable: [], rejected: admission.rejected };
  for (const [i, item] of accepted.entries()) {
    const index = indexes[i] ?? i;
    const promise = durable[i];
    const rejection = promise === undefined ? NOT_ACKNOWLEDGED : (outcomes.get(promise) ?? NOT_ACKNOWLEDGED);
    if (rejection === 'durable') {
      after.accepted.push(item);
      after.indexes.push(index);
    } else {
      after.rejected.push(itemProblem(index, kind.id(item), rejection));
    }
  }
  after.rejected.sort((a, b) => a.index - b.index);
  return after;
}

type Outcomes = Map<Promise<unknown>, 'durable' | Rejection>;

/** What each promise came to within the time; those still open are not in the map. */
async function outcomesWithin(distinct: Set<Promise<unknown>>, timeoutMs: number): Promise<'all durable' | Outcomes> {
  const outcomes: Outcomes = new Map();
  let durable = 0;
  const settling = Array.from(distinct, (promise) =>
    promise.then(
      () => {
        durable += 1;
        outcomes.set(promise, 'durable');
      },
      (error: unknown) => {
        outcomes.set(promise, refusal(error));
      },
    ),
  );
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.all(settling), expired]);
  clearTimeout(timer);
  return durable === distinct.size ? 'all durable' : outcomes;
}

const NOT_ACKNOWLEDGED = new Rejection(
  'stream-unavailable',
  '',
  'the stream has not acknowledged it in time; send it again with the same id',
);

function itemProblem(index: number, id: string | undefined, { code, field, reason }: Rejection): ItemProblem {
  return id === undefined ? { index, code, field, reason } : { index, swipeId: id, code, field, reason };
}

/** A sink's error in the words of the API. */
function refusal(error: unknown): Rejection {
  switch (errorCode(error)) {
    case 'BUFFER_FULL':
      return new Rejection('overloaded', '', 'the gateway’s buffer is full; send it again later');
    case 'CLOSED':
      return new Rejection('shutting-down', '', 'the gateway is shutting down; send it again');
    case 'RECORD_TOO_LARGE':
      return new Rejection('invalid-item', '', 'is larger than a record of the stream may be');
    default:
      return new Rejection('stream-unavailable', '', 'the stream did not take it; send it again with the same id');
  }
}
