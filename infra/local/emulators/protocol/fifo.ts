import { createHash } from 'node:crypto';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { type Rows, Store } from './store.js';

/** Deduplication interval of SQS and SNS. */
const WINDOW_MS = 5 * 60_000;

interface Entry<Sent> {
  sent: Sent;
  untilMs: number;
}

/** Messages sent to a FIFO queue or topic in the last five minutes, by deduplication id. */
export class Deduplication<Sent> {
  readonly #sent = new Map<string, Entry<Sent>>();
  readonly #rows: Rows;

  /**
   * @param store keeps them under `prefix`, and has those of an earlier start. Only the next start removes expired ones
   * @param isEntry checks a row that was kept
   */
  constructor(store: Store, prefix: string, isEntry: (row: unknown) => row is Entry<Sent>, nowMs: number) {
    this.#rows = store.part(prefix);
    for (const [id, row] of store.under(prefix)) {
      if (!isEntry(row)) continue;
      if (row.untilMs > nowMs) this.#sent.set(id, row);
      else this.#rows.delete(id);
    }
  }

  /** Returns the message sent with this id within the interval. */
  find(id: string, nowMs: number): Sent | undefined {
    for (const [old, { untilMs }] of this.#sent) {
      if (untilMs > nowMs) break;
      this.#sent.delete(old);
    }
    return this.#sent.get(id)?.sent;
  }

  remember(id: string, sent: Sent, nowMs: number): void {
    const entry = { sent, untilMs: nowMs + WINDOW_MS };
    this.#sent.set(id, entry);
    this.#rows.put(id, entry);
  }
}

/** Deduplication id of a message: the explicit one, or a hash of its content if the queue or topic has that enabled. */
export function deduplicationIdOf(
  attributes: Readonly<Record<string, string>>,
  explicit: string | undefined,
  body: string,
): string | undefined {
  const isByContent = attributes['ContentBasedDeduplication'] === 'true';
  return explicit ?? (isByContent ? createHash('sha256').update(body).digest('hex') : undefined);
}

const isLast = compile(Type.Object({ last: Type.String({ pattern: '^\\d{1,20}$' }) }));

/** Sequence numbers of FIFO queues and topics: 20 digits, increasing, not consecutive. */
export class SequenceNumbers {
  #last: bigint;
  readonly #store: Store;
  readonly #key: string;

  /** @param store keeps the last number under `key`, so that numbers increase also after a restart */
  constructor(store: Store = Store.none(), key = '') {
    this.#store = store;
    this.#key = key;
    const kept = store.get(key);
    this.#last = BigInt(isLast(kept) ? kept.last : '18849000000000000000');
  }

  next(): string {
    this.#last += 256n;
    const last = String(this.#last);
    this.#store.put(this.#key, { last });
    return last;
  }
}
