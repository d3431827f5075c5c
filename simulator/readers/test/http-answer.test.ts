import fc from 'fast-check';
import t from 'tap';
import { headerOf, type ReadAnswer, readAnswer } from '../channel/http-answer.js';

const text = (lines: string) => Buffer.from(lines.replaceAll('\n', '\r\n'), 'latin1');

function whole(bytes: Buffer): ReadAnswer {
  const read = readAnswer(bytes);
  if (read === undefined) throw new Error('not whole');
  return read;
}

t.test('an answer with a length', async (t) => {
  const bytes = text('HTTP/1.1 202 Accepted\nContent-Length: 5\nRetry-After: 3\n\nhello');
  const { answer, end, untilClose } = whole(bytes);
  t.match(answer, { status: 202, keepAlive: true });
  t.equal(answer.body.toString(), 'hello');
  t.equal(end, bytes.length);
  t.equal(untilClose, false);
  t.equal(headerOf(answer, 'retry-after'), '3');
  t.equal(headerOf(answer, 'location'), undefined);
});

t.test('an answer cut at any byte is incomplete; the whole answer is parsed', async (t) => {
  const answers = [
    text('HTTP/1.1 200 OK\ncontent-length: 11\n\nhello world'),
    text('HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nhello\n6; ext=1\n world\n0\n\n'),
    text('HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\ncontent-length: 11\n\nhello world'),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...answers), fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
      const cut = Math.floor(share * (bytes.length - 1));
      return readAnswer(bytes.subarray(0, cut)) === undefined && whole(bytes).answer.body.toString() === 'hello world';
    }),
  );
  t.pass();
});

t.test('answers without a body, and those that end with their connection', async (t) => {
  t.equal(whole(text('HTTP/1.1 204 No Content\n\n')).answer.body.length, 0);
  t.match(whole(text('HTTP/1.1 200 OK\nconnection: close\ncontent-length: 0\n\n')).answer, { keepAlive: false });
  const open = whole(text('HTTP/1.0 200 OK\n\nas long as it lasts'));
  t.equal(open.untilClose, true);
  t.equal(open.answer.keepAlive, false);
});

t.test('bytes after an answer are not consumed', async (t) => {
  const bytes = text('HTTP/1.1 200 OK\ncontent-length: 2\n\nokHTTP/1.1 408 Request Timeout\n');
  t.equal(whole(bytes).end, bytes.length - 'HTTP/1.1 408 Request Timeout\r\n'.length);
});

t.test('rejects bytes that are not HTTP', async (t) => {
  for (const wrong of [
    'SSH-2.0-OpenSSH\n\n',
    'HTTP/1.1 abc\n\n',
    `HTTP/1.1 200 OK\nx: ${'y'.repeat(70_000)}`,
    'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nzz\n',
  ]) {
    t.throws(() => readAnswer(text(wrong)), { code: 'HTTP_ANSWER_UNREADABLE' }, wrong.slice(0, 30));
  }
});
