/** FIFO queues and topics number their messages with 20 digits that grow and are not consecutive. */
export class SequenceNumbers {
  #last = 18_849_000_000_000_000_000n;

  next(): string {
    this.#last += 256n;
    return String(this.#last);
  }
}
