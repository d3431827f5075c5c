import { createHash } from 'node:crypto';

/** How long SQS and SNS remember a deduplication id, ms. */
const WINDOW_MS = 5 * 60_000;

/** What a FIFO queue or topic was sent in the last five minutes. */
export class Deduplication<Sent> {
  readonly #sent = new Map<string, { sent: Sent; untilMs: number }>();

  /** What was sent under this id before, as far back as the window reaches. */
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

/** The id of a message that comes without one, where deduplication is content-based. */
export function contentDeduplicationId(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
