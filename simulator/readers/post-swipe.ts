import { type Agent, type IncomingMessage, request } from 'node:http';
import Type from 'typebox';
import { compile, Decision, Problem, type Swipe } from '../../gateway/contract/index.js';

/** What the gateway said, or that it said nothing. */
export type Answer =
  | { kind: 'decided'; decision: Decision }
  | { kind: 'accepted' }
  /** Not now: the same swipe shall come again, no sooner than after `waitMs`. */
  | { kind: 'again'; waitMs: number; reason: string }
  /** Never: no repetition mends it. */
  | { kind: 'refused'; reason: string };

export interface PostOptions {
  /** URL of POST /v1/swipes. */
  url: URL;
  key: string;
  agent: Agent;
  /** Seconds for which the answer may be held for the decision; undefined does not wait. */
  waitSeconds: number | undefined;
  timeoutMs: number;
}

const isDecision = compile(Decision);
const isProblem = compile(Type.Pick(Problem, ['code', 'detail']));

/** Posts one swipe once. Never rejects. */
export function postSwipe(swipe: Swipe, { url, key, agent, waitSeconds, timeoutMs }: PostOptions): Promise<Answer> {
  const body = JSON.stringify(swipe);
  return new Promise((resolve) => {
    const again = (error: Error): void => resolve({ kind: 'again', waitMs: 0, reason: error.message });
    const outgoing = request(url, {
      method: 'POST',
      agent,
      timeout: timeoutMs,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      },
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', again);
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', again);
      response.on('end', () => resolve(answerOf(response, text)));
    });
    outgoing.end(body);
  });
}

function answerOf(response: IncomingMessage, text: string): Answer {
  const { statusCode = 0, headers } = response;
  const value = parse(text);
  if (statusCode === 200) {
    return isDecision(value)
      ? { kind: 'decided', decision: value }
      : { kind: 'refused', reason: `200 without a decision: ${text.slice(0, 200)}` };
  }
  if (statusCode === 202) return { kind: 'accepted' };
  const reason = isProblem(value) ? `${statusCode} ${value.code}: ${value.detail}` : `${statusCode}`;
  if (statusCode === 429 || statusCode >= 500) {
    const seconds = Number(headers['retry-after'] ?? 0);
    return { kind: 'again', waitMs: Number.isFinite(seconds) ? seconds * 1_000 : 0, reason };
  }
  return { kind: 'refused', reason };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
