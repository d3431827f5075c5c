import { readFile } from 'node:fs/promises';
import { compile, type DoorEvent, ItemProblem, type Swipe, Timestamp } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';

/** What goes to the gateway: a swipe, or another event of a door. */
export type Report = { kind: 'swipe'; item: Swipe } | { kind: 'door-event'; item: DoorEvent };

export type Posted =
  /** All items but `rejected` are durable. */
  | { kind: 'taken'; rejected: readonly ItemProblem[] }
  /** None is known to be durable. The same items may be taken later. `isFault`: not before somebody changes something. */
  | { kind: 'later'; reason: string; retryAfterMs?: number; isFault: boolean }
  /** The gateway cannot read the body, and never will. */
  | { kind: 'unreadable'; reason: string };

export interface Answer {
  /** The gateway has the swipe. */
  durable: boolean;
  /** Only a fresh decision about this swipe at this reader grants. */
  granted: boolean;
  reason: string;
}

export interface ClientSettings {
  /** Address of the gateway. */
  gateway: string;
  /** The device's key, or the file that holds it. */
  key?: string | undefined;
  keyFile?: string | undefined;
  /** For tests. */
  timeoutMs?: number;
}

const PATHS = { swipe: '/v1/swipes', 'door-event': '/v1/door-events' } as const;
const TIMEOUT_MS = 30_000;
const COMMANDS_WAIT_S = 20;
/** A decision that is older was made for an earlier question, ms. */
const FRESH_MS = 120_000;
/** Part of a reader's patience for the way to the gateway and back, and to the door, ms. */
const WAY_MS = 500;

const isTaken = compile(Type.Object({ accepted: Type.Integer({ minimum: 0 }), rejected: Type.Array(ItemProblem) }));
const isRefusal = compile(Type.Object({ errors: Type.Array(ItemProblem, { minItems: 1 }) }));
const isProblem = compile(Type.Object({ code: Type.String(), detail: Type.String() }));
const isDecision = compile(
  Type.Object({
    swipeId: Type.String(),
    readerId: Type.String(),
    outcome: Type.String(),
    reason: Type.String(),
    decidedAt: Timestamp,
    offlineOutcome: Type.Optional(Type.String()),
  }),
);
const isCommands = compile(Type.Object({ items: Type.Array(Type.Unknown()) }));

interface Response {
  status: number;
  body: unknown;
  retryAfterMs: number | undefined;
}

/** Posts for one device, with its key. */
export class GatewayClient {
  readonly #settings: ClientSettings;
  /** How far this machine's clock is ahead of the gateway's, ms; undefined until the gateway has answered. */
  clockAheadMs: number | undefined;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /** Posts items of one kind. Never rejects. @param reports at most 500 */
  async post(reports: readonly Report[], timeoutMs = this.#settings.timeoutMs ?? TIMEOUT_MS): Promise<Posted> {
    const [first] = reports;
    if (first === undefined) return { kind: 'taken', rejected: [] };
    const items = reports.map(({ item }) => item);
    try {
      const { status, body, retryAfterMs } = await this.#send('POST', PATHS[first.kind], { body: items, timeoutMs });
      // Anything else with a 2xx, such as the page of a hotspot, does not come from a gateway.
      if (status < 300 && isTaken(body) && body.accepted + body.rejected.length === items.length) {
        return { kind: 'taken', rejected: body.rejected };
      }
      if (status >= 400 && isRefusal(body) && body.errors.length === items.length) {
        return { kind: 'taken', rejected: body.errors };
      }
      const reason = reasonOf(status, body);
      if (status === 400 || status === 413 || status === 415 || status === 422) return { kind: 'unreadable', reason };
      const isBusy = status === 429 || status === 408 || status >= 500;
      const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
      return { kind: 'later', reason, isFault: !isBusy, ...wait };
    } catch (error) {
      return { kind: 'later', reason: causeOf(error), isFault: false };
    }
  }

  /**
   * Asks whether a swipe opens its door. Never rejects, and every fault is no grant.
   * @param patienceMs how long the reader waits, from now on, ms
   */
  async ask(swipe: Swipe, patienceMs: number): Promise<Answer> {
    const startedAt = performance.now();
    // Whole seconds are what the gateway knows.
    const waitS = Math.max(1, Math.floor((patienceMs - WAY_MS) / 1_000));
    try {
      const { status, body } = await this.#send('POST', PATHS.swipe, {
        body: swipe,
        timeoutMs: patienceMs,
        headers: { prefer: `wait=${waitS}` },
      });
      if (status === 202) return { durable: true, granted: false, reason: 'no decision came in time' };
      if (status !== 200 || !isDecision(body))
        return { durable: false, granted: false, reason: reasonOf(status, body) };
      const { swipeId, readerId, outcome, reason, decidedAt, offlineOutcome } = body;
      if (swipeId !== swipe.swipeId || readerId !== swipe.readerId) {
        return { durable: false, granted: false, reason: 'the answer is about another swipe' };
      }
      const isOurs = offlineOutcome === undefined && Date.now() - Date.parse(decidedAt) < FRESH_MS;
      const inTime = performance.now() - startedAt < patienceMs;
      return { durable: true, granted: isOurs && inTime && outcome === 'granted', reason };
    } catch (error) {
      return { durable: false, granted: false, reason: causeOf(error) };
    }
  }

  /** Waits for commands to this device. @throws {Error} if there is no answer, or none of a gateway */
  async commands(signal: AbortSignal): Promise<readonly unknown[]> {
    const headers = { prefer: `wait=${COMMANDS_WAIT_S}` };
    const { status, body } = await this.#send('GET', '/v1/devices/commands', {
      headers,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (status === 200 && isCommands(body)) return body.items;
    throw new Error(reasonOf(status, body));
  }

  /** Says how a command ended. @throws {Error} if the gateway does not know it then */
  async reportCommand(commandId: string, result: { ok: boolean; detail: string }): Promise<void> {
    const path = `/v1/devices/commands/${encodeURIComponent(commandId)}`;
    const { status, body } = await this.#send('POST', path, { body: result, timeoutMs: TIMEOUT_MS });
    if (status >= 300) throw new Error(reasonOf(status, body));
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; timeoutMs: number; signal?: AbortSignal },
  ): Promise<Response> {
    const { body, headers = {}, timeoutMs, signal } = options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.#settings.gateway.replace(/\/+$/, '')}${path}`, {
      method,
      // A redirect would carry the key elsewhere.
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      headers: {
        authorization: `Bearer ${await this.#key()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.clockAheadMs = Date.now() - date;
    const text = await response.text();
    return { status: response.status, body: jsonOf(text), retryAfterMs: retryAfterOf(response.headers) };
  }

  /** Read at each request: a new key in the file counts at once. */
  async #key(): Promise<string> {
    const { key, keyFile } = this.#settings;
    return keyFile === undefined ? (key ?? '') : (await readFile(keyFile, 'utf8')).trim();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(status: number, body: unknown): string {
  return isProblem(body) ? `${status} ${body.code}: ${body.detail}` : `${status}, and not from a Swipegate gateway`;
}

/** The reason why a request failed: fetch hides it behind `fetch failed`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause);
}

/** @returns ms */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
