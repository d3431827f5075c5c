import { ServiceError } from '../../protocol/service-error.js';

/** Reads lines and bytes from a body without buffering it whole. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /**
   * Reads the next line, without its CRLF.
   *
   * @param most maximum length, bytes
   * @throws {ServiceError} IncompleteBody
   */
  async line(most: number): Promise<string> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of this.until(Buffer.from('\r\n'))) {
      size += part.length;
      if (size > most) throw incomplete('A line is too long.');
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  }

  /**
   * Yields the next `count` bytes as they arrive.
   *
   * @throws {ServiceError} IncompleteBody if there are fewer
   */
  async *take(count: number): AsyncGenerator<Buffer> {
    let left = count;
    while (left > 0) {
      if (this.#buffer.length === 0) await this.#read();
      const part = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /**
   * Yields the bytes before the next occurrence of `end` and skips `end`.
   *
   * @throws {ServiceError} IncompleteBody if there is none
   */
  async *until(end: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(end);
      if (at >= 0) {
        const part = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + end.length);
        if (part.length > 0) yield part;
        return;
      }
      // Keep the last bytes: they may be the beginning of `end`.
      const sure = Math.max(0, this.#buffer.length - end.length + 1);
      if (sure > 0) {
        const part = this.#buffer.subarray(0, sure);
        this.#buffer = this.#buffer.subarray(sure);
        yield part;
      }
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw incomplete('The request ended too early.');
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value]);
  }
}

function incomplete(message: string): ServiceError {
  return new ServiceError('IncompleteBody', message);
}
