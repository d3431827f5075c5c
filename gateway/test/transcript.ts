import { readFile } from 'node:fs/promises';
import { ACCESS_EVENTS, type AccessEvent, type Decision } from '@swipegate/contract';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { RawClient } from './raw-http.js';

const HEAD_END = '\r\n\r\n'.length;

interface Exchange {
  title: string;
  decision: Partial<Decision> | undefined;
  request: string;
  answer: string;
}

/** Parts of an answer that differ from time to time; everything else is compared byte for byte. */
const VARYING: Readonly<Record<string, string>> = {
  date: '[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT',
  uuid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  // Id of a request in the gateway's log.
  request: 'req-[0-9a-z]+',
  // Seconds since some year.
  count: '\\d{9,10}',
};

/**
 * Replays a transcript over a socket that stays open, as that of a device does, and compares the answers byte for byte.
 *
 * A file has exchanges. `### TITLE` begins one. `# decision: none`, `granted` or a reason of denial says what the rules
 * decide; without it they grant. Then come the request and, from `HTTP/1.1`, the answer. Lines of a head end with CRLF
 * on the wire. The lines of a body are put together without anything between them: all its line ends, tabs and other
 * bytes that one cannot see are written as \r, \n, \t, \0 and \xFF. {NAME} stands for the value of `replacing` in a
 * request; {now} is the time of the replay, Unix time in s. In an answer {date}, {uuid}, {request} and {count}
 * match any.
 * @param file path from the folder of the gateway
 */
export async function replayTranscript(
  t: Test,
  file: string,
  {
    devices,
    given,
    replacing = {},
  }: {
    devices: FastifyInstance;
    given: { decision: Partial<Decision> | undefined };
    replacing?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const exchanges = exchangesIn(await readFile(new URL(`../../${file}`, import.meta.url), 'latin1'));
  t.ok(exchanges.length > 0, file);
  const address = devices.server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The device port does not listen');
  const { port } = address;
  let client = new RawClient(port, 'latin1');
  t.teardown(() => client.socket.destroy());
  for (const { title, decision, request, answer } of exchanges) {
    given.decision = decision;
    const values = { now: String(Math.floor(Date.now() / 1_000)), ...replacing };
    const sent = request.replaceAll(/\{(\w+)\}/g, (all, name: string) => Reflect.get(values, name) ?? all);
    if (client.isClosed) client = new RawClient(port, 'latin1');
    let received = await client.write(sent).until({ test: isWhole });
    if (/\r\nconnection: close\r\n/i.test(received)) received = await client.closed();
    // Bytes that come after this answer are found at the start of the next.
    client.text = '';
    // An answer that differs is shown beside the transcript.
    if (patternOf(answer).test(received)) t.pass(title);
    else t.equal(received, answer, title);
  }
  t.equal(client.text, '', 'no bytes after the last answer');
}

function exchangesIn(text: string): Exchange[] {
  return text
    .split(/^### ?/m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n');
      const isNote = (line: string) => line.startsWith('#');
      const told = lines.flatMap((line) => /^# decision: (\S+)$/.exec(line)?.[1] ?? [])[0] ?? 'granted';
      const rest = lines.filter((line) => !isNote(line));
      const answerAt = rest.findIndex((line) => line.startsWith('HTTP/1.1 '));
      if (answerAt === -1) throw new TypeError(`There is no answer in the exchange "${title}"`);
      const request = bytesOf(rest.slice(0, answerAt));
      return { title, decision: decisionNamed(told), request, answer: bytesOf(rest.slice(answerAt)) };
    });
}

function decisionNamed(name: string): Partial<Decision> | undefined {
  if (name === 'none') return undefined;
  if (name === 'granted') return {};
  if (isReason(name)) return { outcome: 'denied', reason: name };
  throw new TypeError(`The decision ${name} is neither none, granted nor a reason of docs/access-rules.md`);
}

function isReason(name: string): name is AccessEvent {
  return name in ACCESS_EVENTS;
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' };

/** Makes the bytes of heads and a body. A head that follows another, as after 100 Continue, has an empty line before it. */
function bytesOf(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line !== '');
  const end = lines.indexOf('', first);
  const head = lines.slice(first, end === -1 ? undefined : end);
  const rest = end === -1 ? [] : lines.slice(end + 1);
  const bytes = `${head.join('\r\n')}\r\n\r\n`;
  if (rest[0]?.startsWith('HTTP/1.1 ')) return bytes + bytesOf(rest);
  const body = rest.join('').replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gi, (all, hex?: string, letter = '') => {
    return hex === undefined ? (ESCAPES[letter] ?? all) : String.fromCharCode(Number.parseInt(hex, 16));
  });
  return bytes + body;
}

function patternOf(answer: string): RegExp {
  const source = answer.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${source.replaceAll(/\\\{(\w+)\\\}/g, (all, name: string) => VARYING[name] ?? all)}$`);
}

/** Whether all of an answer has come: its heads, and as many bytes of body as it announces. */
function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n') + HEAD_END;
  if (end < HEAD_END) return false;
  if (received.startsWith('HTTP/1.1 1')) return isWhole(received.slice(end));
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(received.slice(0, end))?.[1] ?? 0;
  return received.length >= end + Number(length);
}
