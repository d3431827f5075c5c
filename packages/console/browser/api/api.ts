import type { ChangeStatus } from '@swipegate/contract';
import { textMember } from './config.js';
import type { SignIn } from './sign-in.js';

/** Query parameters. Undefined values are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface ChangeRequest {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  /** State in which the entry is expected: `absent` to create it, or the version that the user sees. Default: any. */
  expects?: string;
  /** UUID. A retry with the same key makes the change only once. */
  idempotencyKey: string;
}

export interface Download {
  content: Blob;
  fileName: string;
}

/**
 * Asks the user to sign in again, after a 401 that a renewal of the token does not cure.
 * @param isRead whether the request changes nothing
 * @returns whether the same user has signed in, so that the request may be sent again
 */
export type SignInAgain = (isRead: boolean) => Promise<boolean>;

/** Client of the admin API, or of the gateway's routes for operators. Answers are not validated. Methods reject with {@link ApiError}, or when `signal` aborts. */
export class Api {
  readonly #apiUrl: string;
  readonly #signIn: SignIn;
  readonly #signInAgain: SignInAgain;

  constructor(apiUrl: string, signIn: SignIn, signInAgain: SignInAgain) {
    this.#apiUrl = apiUrl;
    this.#signIn = signIn;
    this.#signInAgain = signInAgain;
  }

  async get<Answer>(path: string, { query, signal }: { query?: Query; signal?: AbortSignal } = {}): Promise<Answer> {
    const answer = await this.#request(`${path}${queryText(query)}`, signal === undefined ? {} : { signal });
    return await answer.json();
  }

  /** Opens an answer of server-sent events. @param lastEventId id of the last event received, if any */
  async stream(path: string, options: { query: Query; lastEventId: string; signal: AbortSignal }): Promise<Response> {
    const { query, lastEventId, signal } = options;
    const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
    return this.#request(`${path}${queryText(query)}`, { headers, signal });
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const answer = await this.#request(path, { method: 'POST', body: JSON.stringify(body) });
    return await answer.json();
  }

  async change<Answer = ChangeStatus>(request: ChangeRequest): Promise<Answer> {
    const { method, path, query, body, expects, idempotencyKey } = request;
    const answer = await this.#request(`${path}${queryText(query)}`, {
      method,
      headers: { 'idempotency-key': idempotencyKey, ...conditionOf(expects) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return await answer.json();
  }

  /** Downloads a list as CSV. */
  async download(path: string, query: Query = {}): Promise<Download> {
    const answer = await this.#request(`${path}${queryText({ ...query, format: 'csv' })}`, {});
    const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
    return { content: await answer.blob(), fileName: named ?? 'swipegate.csv' };
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    let answer = await this.#send(path, init);
    // The token may have expired earlier than expected, for example if this machine's clock is wrong.
    if (answer.status === 401 && (await this.#signIn.renew())) answer = await this.#send(path, init);
    const isRead = init.method === undefined;
    if (answer.status === 401 && (await this.#signInAgain(isRead))) answer = await this.#send(path, init);
    if (answer.ok) return answer;
    throw await problemOf(answer);
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const token = await this.#signIn.accessToken();
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (typeof init.body === 'string') headers.set('content-type', 'application/json');
    return fetch(`${this.#apiUrl}${path}`, { ...init, headers, cache: 'no-store' }).catch(throwFetchError);
  }
}

function conditionOf(expects: string | undefined): Record<string, string> {
  if (expects === undefined) return {};
  return expects === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${expects}"` };
}

/** Builds an API path of URI-encoded parts: `/v1/a/b`. */
export function path(...parts: string[]): string {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

interface Problem {
  code: string;
  status: number;
  detail: string;
  field?: string | undefined;
  reason?: string | undefined;
  version?: string | undefined;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Problem code of the API, `http-STATUS` for an answer without one, or `network` without an answer. */
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** Invalid member of the request, if any; else empty. */
  readonly field: string;
  readonly reason: string;
  /** Version of the entry as it is now, if it is not the expected one. */
  readonly version: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.field = problem.field ?? '';
    this.reason = problem.reason ?? '';
    this.version = problem.version;
  }

  /** Whether a retry may succeed. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const NO_ANSWER = 'The server does not answer. Check your connection and try again.';

/** Throws the TypeError of a failed fetch as an ApiError, and other errors, such as an abort, unchanged. */
export function throwFetchError(error: unknown): never {
  throw error instanceof TypeError ? new ApiError({ code: 'network', status: 0, detail: NO_ANSWER }) : error;
}

/** Reads problem+json (RFC 9457). Other answers, for example of a proxy, get defaults. */
async function problemOf(answer: Response): Promise<ApiError> {
  const { status } = answer;
  const problem: unknown = await answer.json().catch(() => undefined);
  const member = (name: string) => textMember(problem, name);
  return new ApiError({
    code: member('code') ?? `http-${status}`,
    status,
    detail: member('detail') ?? `The server answered with HTTP status ${status}.`,
    field: member('field'),
    reason: member('reason'),
    version: answer.headers.get('etag')?.slice(1, -1),
  });
}

/** Error text to show to the user. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether a request was aborted because the user left its page or started a newer one. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Idempotency-Key of a form. It changes only with the content, so a retry repeats it. */
export class IdempotencyKey {
  #content: string | undefined;
  #key = '';

  for(content: unknown): string {
    const text = JSON.stringify(content);
    if (text !== this.#content) {
      this.#content = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }
}
