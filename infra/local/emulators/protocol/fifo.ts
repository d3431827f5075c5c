import { createHash } from 'node:crypto';

/** Deduplication interval of SQS and SNS. */
const WINDOW_MS = 5 * 60_000;

/** Messages sent to a FIFO queue or topic in the last five minutes, by deduplication id. */
export class Deduplication<Sent> {
  readonly #sent = new Map<string, { sent: Sent; untilMs: number }>();

  /** Returns the message sent with this id within the interval. */
  find(id: string, nowMs: number): Sent | undefined {
    for (const [old, { untilMs }] of this.#sent) {
      if (untilMs > nowMs) break;
      this.#sent.delete(old);
    }
    return this.#sent.get(id)?.sent;
  }

  remember(id: string, sent: Sent, nowMs: number): void {
    this.#sent.set(id, { sent, untilMs: nowMs + WINDOW_MS });
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

/** Sequence numbers of FIFO queues and topics: 20 digits, increasing, not consecutive. */
export class SequenceNumbers {
  #last = 18_849_000_000_000_000_000n;

  next(): string {
    this.#last += 256n;
    return String(this.#last);
  }
}
