import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { digestAuthorization } from './digest.js';
import type { DeviceLogin } from './logins.js';

export interface IsapiCall {
  method: 'GET' | 'PUT';
  /** Path and query. */
  path: string;
  /** JSON or XML. */
  body?: string;
  /** Longest time of the whole call, ms. */
  timeoutMs: number;
}

interface Answer {
  status: number;
  challenges: string[];
  body: string;
}

const MOST_ANSWER_BYTES = 65_536;
/** Devices lock a user out for half an hour after a few wrong passwords, ms. */
const REFUSED_MS = 300_000;

/** When a device refused a login last, ms since the epoch. A changed file makes new logins. */
const refusals = new WeakMap<DeviceLogin, number>();

/**
 * Calls a device over HTTP with digest authentication.
 * @returns the body of its answer
 * @throws {Error} saying why the device did not do it
 */
export async function callDevice(login: DeviceLogin, { timeoutMs, ...call }: IsapiCall): Promise<string> {
  if (Date.now() - (refusals.get(login) ?? 0) < REFUSED_MS) {
    throw new Error(
      'the device refused the password in DEVICE_LOGINS; it is tried again after 5 minutes, or once the file changes',
    );
  }
  const signal = AbortSignal.timeout(timeoutMs);
  let answer = await exchange(login, call, signal);
  if (answer.status === 401) {
    const { user, password } = login;
    const cnonce = randomBytes(16).toString('hex');
    const { method, path: uri } = call;
    const authorization = digestAuthorization(answer.challenges, { method, uri, user, password, cnonce });
    if (authorization === undefined) {
      throw new Error(
        'the device does not offer digest authentication: choose “digest” in its menu for web authentication',
      );
    }
    answer = await exchange(login, call, signal, authorization);
  }
  const { status, body } = answer;
  if (status === 401) {
    refusals.set(login, Date.now());
    throw new Error('the device refused the user or the password in DEVICE_LOGINS');
  }
  const isDone = status >= 200 && status < 300 && (STATUS_CODE.exec(body)?.[1] ?? DONE) === DONE;
  if (isDone) return body;
  throw new Error(`the device answered ${status}${reasonIn(body)}`);
}

function exchange(
  { host, port }: DeviceLogin,
  { method, path, body = '' }: Omit<IsapiCall, 'timeoutMs'>,
  signal: AbortSignal,
  authorization?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(body !== '' && { 'content-type': body.startsWith('<') ? 'application/xml' : 'application/json' }),
      'content-length': Buffer.byteLength(body),
      ...(authorization !== undefined && { authorization }),
    };
    const fail = (error: Error) => {
      reject(signal.aborted ? new Error(`the device at ${host}:${port} did not answer in time`) : error);
    };
    const sent = request({ host, port, method, path, headers, signal, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_ANSWER_BYTES) response.destroy(new Error('the answer of the device is too long'));
      });
      response.on('error', fail);
      response.on('end', () => {
        const challenges = response.headersDistinct['www-authenticate'] ?? [];
        resolve({ status: response.statusCode ?? 0, challenges, body: text });
      });
    });
    sent.on('error', fail).end(body);
  });
}

/** In a ResponseStatus, which few answers have. */
const STATUS_CODE = /statusCode"?\s*[:>]\s*"?(\d{1,3})/;
const DONE = '1';

/** Reads the reason in a ResponseStatus, which is JSON or XML. */
function reasonIn(body: string): string {
  const [, reason] = /subStatusCode"?\s*[:>]\s*"?([A-Za-z]{1,64})/.exec(body) ?? [];
  return reason === undefined ? '' : `: ${reason}`;
}
