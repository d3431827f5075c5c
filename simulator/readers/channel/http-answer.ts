export interface HttpAnswer {
  status: number;
  /** Status line and headers. */
  head: string;
  body: Buffer;
  /** Whether the connection can take another request. */
  keepAlive: boolean;
}

/** A complete answer and its end offset in the bytes. `untilClose`: the body lasts until the connection ends. */
export type ReadAnswer = { answer: HttpAnswer; end: number; untilClose: boolean };

class HttpAnswerError extends Error {
  override readonly name = 'HttpAnswerError';
  readonly code = 'HTTP_ANSWER_UNREADABLE';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
/** Limit on the head, bytes: more than any gateway sends. */
const LONGEST_HEAD = 64 * 1024;

/**
 * Parses one HTTP/1.1 answer (RFC 9112) from its first byte, and skips interim ones (1xx). Undefined needs more bytes.
 * @throws {HttpAnswerError} HTTP_ANSWER_UNREADABLE when the bytes are not HTTP/1.x
 */
export function readAnswer(bytes: Buffer): ReadAnswer | undefined {
  let start = 0;
  for (;;) {
    const headEnd = bytes.indexOf(HEAD_END, start);
    if (headEnd < 0) {
      if (bytes.length - start > LONGEST_HEAD)
        throw new HttpAnswerError(`The headers of the answer exceed ${LONGEST_HEAD} bytes.`);
      return undefined;
    }
    const head = bytes.toString('latin1', start, headEnd);
    const status = Number(head.slice(9, 12));
    if (!head.startsWith('HTTP/1.') || !(status >= 100)) {
      throw new HttpAnswerError(`The answer is not HTTP/1.1: ${JSON.stringify(head.slice(0, 40))}.`);
    }
    const bodyStart = headEnd + HEAD_END.length;
    if (status >= 200) return readBody(bytes, bodyStart, head, status);
    start = bodyStart;
  }
}

/** Value of a header as sent; undefined if absent. */
export function headerOf({ head }: HttpAnswer, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
}

function readBody(bytes: Buffer, start: number, head: string, status: number): ReadAnswer | undefined {
  const keepAlive = !/\r\nconnection: *close/i.test(head) && head[7] !== '0';
  const answer = (body: Buffer, end: number, untilClose = false): ReadAnswer => {
    return { answer: { status, head, body, keepAlive: keepAlive && !untilClose }, end, untilClose };
  };
  if (status === 204 || status === 304) return answer(Buffer.alloc(0), start);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return bytes.length < end ? undefined : answer(bytes.subarray(start, end), end);
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return answer(bytes.subarray(start), bytes.length, true);
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0)) throw new HttpAnswerError('A chunk of the answer has no valid size.');
    const next = lineEnd + LINE_END.length + size + LINE_END.length;
    if (bytes.length < next) return undefined;
    if (size === 0) return answer(Buffer.concat(chunks), next);
    chunks.push(bytes.subarray(next - LINE_END.length - size, next - LINE_END.length));
    at = next;
  }
}
