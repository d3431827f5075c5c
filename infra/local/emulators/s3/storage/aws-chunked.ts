import { ServiceError } from '../../protocol/service-error.js';
import { ByteSource } from './byte-source.js';

const MOST_LINE_BYTES = 8_192;
const CHUNK_HEAD = /^([\da-f]{1,8})(?:;.*)?$/i;

/**
 * Decodes a body in `aws-chunked` encoding, which the SDK uses for streams: chunks, each preceded by its length, then trailers
 * with the checksum (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
 *
 * @param trailers receives the trailers, with names in lower case
 * @throws {ServiceError} IncompleteBody
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const source = new ByteSource(body);
  for (;;) {
    const [, length] = CHUNK_HEAD.exec(await source.line(MOST_LINE_BYTES)) ?? [];
    if (length === undefined) throw new ServiceError('IncompleteBody', 'A chunk has no length.');
    const size = Number.parseInt(length, 16);
    if (size === 0) break;
    yield* source.take(size);
    await source.line(0);
  }
  for (let line = await source.line(MOST_LINE_BYTES); line !== ''; line = await source.line(MOST_LINE_BYTES)) {
    const at = line.indexOf(':');
    trailers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
}
