/** Sequence numbers of FIFO queues and topics: 20 digits, increasing, not consecutive. */
export class SequenceNumbers {
  #last = 18_849_000_000_000_000_000n;

  next(): string {
    this.#last += 256n;
    return String(this.#last);
  }
}
