import { setTimeout as delay } from 'node:timers/promises';
import { compile, type Guard, jsonIn } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';

/** The admin API refused a request, or could not be reached. */
export class AdminApiError extends Error {
  override readonly name = 'AdminApiError';
  readonly code: 'ADMIN_API_REFUSED' | 'ADMIN_API_UNREACHABLE';
  /** `code` of the problem that it answered, such as `changed-meanwhile`. */
  readonly problem: string | undefined;

  constructor(code: AdminApiError['code'], message: string, problem?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.problem = problem;
  }
}

export interface ChangeRequest {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Without `why`. */
  body?: object;
  why: string;
  /** `absent`, or the version that was read. Undefined: any. */
  expects?: string;
  /** A UUID. Repeated requests with it make one change. */
  changeId: string;
}

const Accepted = Type.Object({ changeId: Type.String(), key: Type.Optional(Type.String()) });
export type Accepted = Type.Static<typeof Accepted>;
const isAccepted = compile(Accepted);

const Settled = Type.Object({
  state: Type.String(),
  code: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});
export type Settled = Type.Static<typeof Settled>;
const isSettled = compile(Settled);
/** A part of `Problem`, without references to other schemas. */
const isProblem = compile(Type.Object({ code: Type.String(), title: Type.String(), detail: Type.String() }));

const FIRST_PAUSE_MS = 250;
const MOST_TRIES = 6;
const SETTLES_WITHIN_MS = 180_000;
/** Longer than API Gateway waits for a function. */
const ANSWERS_WITHIN_MS = 35_000;
const POLL_MS = 50;
const MOST_POLL_MS = 1_000;
const RETRIED: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export interface AdminClientOptions {
  /** Without a trailing slash. */
  url: string;
  token: string;
  /** Pause before a request is repeated, which doubles each time, in ms. Default: 250. */
  pauseMs?: number;
}

/** Calls the admin API with a user's token. Repeats what a passing fault failed; a change is still made once. */
export class AdminClient {
  readonly url: string;
  readonly #token: string;
  readonly #pauseMs: number;

  constructor({ url, token, pauseMs = FIRST_PAUSE_MS }: AdminClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#pauseMs = pauseMs;
  }

  /** @returns undefined for 404. @throws {AdminApiError} */
  async find<Value>(path: string, isValue: Guard<Value>): Promise<Value | undefined> {
    const { status, body } = await this.#ask('GET', path);
    return status === 404 ? undefined : this.#checked(path, body, isValue);
  }

  /** @throws {AdminApiError} */
  async read<Value>(path: string, isValue: Guard<Value>): Promise<Value> {
    const value = await this.find(path, isValue);
    if (value !== undefined) return value;
    throw new AdminApiError(
      'ADMIN_API_REFUSED',
      `${this.url}${path} does not exist: is this the admin API?`,
      'not-found',
    );
  }

  /** Requests a change; it is not applied yet. @throws {AdminApiError} */
  async send({ method, path, body = {}, why, expects, changeId }: ChangeRequest): Promise<Accepted> {
    const condition =
      expects === undefined ? {} : expects === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${expects}"` };
    const headers = { 'idempotency-key': changeId, ...condition };
    const target = method === 'DELETE' ? `${path}?${new URLSearchParams({ why })}` : path;
    const sent = method === 'DELETE' ? undefined : { ...body, why };
    const answer = await this.#ask(method, target, { headers, body: sent });
    if (answer.status === 404) throw refusal(answer.body, answer.status);
    return this.#checked(path, answer.body, isAccepted);
  }

  /** Waits until a change is applied or rejected. @throws {AdminApiError} if it takes longer than three minutes */
  async settled(changeId: string): Promise<Settled> {
    const status = await this.settledWithin(changeId, SETTLES_WITHIN_MS);
    if (status !== undefined) return status;
    const reason = `The change ${changeId} was accepted three minutes ago and is not applied yet. Look at the queues of the back office (docs/runbook.md), then run the command again.`;
    throw new AdminApiError('ADMIN_API_REFUSED', reason);
  }

  /** The same for at most so many ms. @returns undefined if it is still under way then */
  async settledWithin(changeId: string, mostMs: number): Promise<Settled | undefined> {
    const began = performance.now();
    for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, MOST_POLL_MS)) {
      const status = await this.find(`/v1/changes/${changeId}`, isSettled);
      if (status?.state === 'applied' || status?.state === 'rejected') return status;
      if (performance.now() - began > mostMs) return undefined;
      await delay(pauseMs);
    }
  }

  async #ask(method: string, path: string, more: { headers?: Record<string, string>; body?: object | undefined } = {}) {
    for (let tries = 1; ; tries++) {
      const answer = await this.#askOnce(method, path, more).catch((error: unknown) => {
        if (tries < MOST_TRIES) return undefined;
        const reason = `The admin API at ${this.url} does not answer (${causeOf(error)}). Check the address, and that it is running.`;
        throw new AdminApiError('ADMIN_API_UNREACHABLE', reason, undefined, { cause: error });
      });
      if (answer !== undefined && !(RETRIED.has(answer.status) && tries < MOST_TRIES)) {
        if (answer.ok || answer.status === 404) return answer;
        throw refusal(answer.body, answer.status);
      }
      await delay(Math.max(this.#pauseMs * 2 ** (tries - 1), (answer?.retryAfterS ?? 0) * 1_000));
    }
  }

  async #askOnce(
    method: string,
    path: string,
    { headers, body }: { headers?: Record<string, string>; body?: object | undefined },
  ) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    const { ok, status } = answer;
    const retryAfterS = Math.min(Number(answer.headers.get('retry-after')) || 0, 30);
    return { ok, status, retryAfterS, body: jsonIn(Buffer.from(await answer.arrayBuffer())) };
  }

  #checked<Value>(path: string, body: unknown, isValue: Guard<Value>): Value {
    if (isValue(body)) return body;
    throw new AdminApiError(
      'ADMIN_API_REFUSED',
      `${this.url}${path} gave an unexpected answer: is this the admin API?`,
    );
  }
}

function refusal(body: unknown, status: number): AdminApiError {
  const problem = isProblem(body) ? body : undefined;
  const said = problem?.detail ?? `The admin API answered ${status}.`;
  const advice =
    status === 401
      ? ' A token is valid for an hour: sign in again, or set SWIPEGATE_TOKEN to a new one.'
      : status === 403
        ? ' Use the token of a user with that role.'
        : '';
  return new AdminApiError('ADMIN_API_REFUSED', `${said}${advice}`, problem?.code);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : messageOf(cause);
}
