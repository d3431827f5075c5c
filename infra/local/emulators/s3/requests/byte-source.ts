import { ServiceError } from '../../protocol/service-error.js';

const MOST_LINE_BYTES = 8_192;

/** Reads lines and bytes from a body without buffering it whole. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** Reads the next line, without its CRLF. @param most bytes @throws {ServiceError} IncompleteBody */
  async line(most = MOST_LINE_BYTES): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.until(Buffer.from('\r\n'))) {
      size += chunk.length;
      if (size > most) throw incomplete('A line is too long.');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }

  /** Yields the next `count` bytes as they arrive. @throws {ServiceError} IncompleteBody if there are fewer */
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

  /** Yields the bytes before the next `end` and skips `end`. @throws {ServiceError} IncompleteBody if there is none */
  async *until(end: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(end);
      // Keep the last bytes: they may be the beginning of `end`.
      const sure = at < 0 ? Math.max(0, this.#buffer.length - end.length + 1) : at;
      const part = this.#buffer.subarray(0, sure);
      this.#buffer = this.#buffer.subarray(at < 0 ? sure : at + end.length);
      if (part.length > 0) yield part;
      if (at >= 0) return;
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

const CHUNK_HEAD = /^([\da-f]{1,8})(?:;.*)?$/i;

/**
 * Decodes `aws-chunked`, which the SDK uses for streams: chunks with their lengths, then trailers with the checksum
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
 * @param trailers receives the trailers, with names in lower case
 * @throws {ServiceError} IncompleteBody
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const source = new ByteSource(body);
  for (;;) {
    const [, length] = CHUNK_HEAD.exec(await source.line()) ?? [];
    if (length === undefined) throw incomplete('A chunk has no length.');
    const size = Number.parseInt(length, 16);
    if (size === 0) break;
    yield* source.take(size);
    await source.line(0);
  }
  for (let line = await source.line(); line !== ''; line = await source.line()) {
    const at = line.indexOf(':');
    trailers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
}
