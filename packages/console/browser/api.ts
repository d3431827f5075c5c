import type { ChangeStatus } from '@swipegate/contract';
import { noAnswer, problemOf } from './api-error.js';
import type { SignIn } from './sign-in.js';

/** Query parameters. Undefined values are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface ChangeRequest {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  /** UUID. A retry with the same key makes the change only once. */
  idempotencyKey: string;
}

export interface Download {
  content: Blob;
  fileName: string;
}

/**
 * Client of the admin API. Answers are not validated. Methods reject with {@link ApiError}, or when `signal` aborts.
 */
export class Api {
  readonly #apiUrl: string;
  readonly #signIn: SignIn;

  constructor(apiUrl: string, signIn: SignIn) {
    this.#apiUrl = apiUrl;
    this.#signIn = signIn;
  }

  async get<Answer>(path: string, { query, signal }: { query?: Query; signal?: AbortSignal } = {}): Promise<Answer> {
    const answer = await this.#request(`${path}${queryText(query)}`, signal === undefined ? {} : { signal });
    return await answer.json();
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const answer = await this.#request(path, { method: 'POST', ...jsonBody(body) });
    return await answer.json();
  }

  async change<Answer = ChangeStatus>(request: ChangeRequest): Promise<Answer> {
    const { method, path, query, body, idempotencyKey } = request;
    const { headers, ...rest } = jsonBody(body);
    const answer = await this.#request(`${path}${queryText(query)}`, {
      method,
      headers: { ...headers, 'idempotency-key': idempotencyKey },
      ...rest,
    });
    return await answer.json();
  }

  /** Downloads a list as CSV. */
  async download(path: string, query: Query): Promise<Download> {
    const answer = await this.#request(`${path}${queryText({ ...query, format: 'csv' })}`, {});
    const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
    return { content: await answer.blob(), fileName: named ?? 'swipegate.csv' };
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const answer = await this.#send(path, init);
    // The token may have expired earlier than expected, for example if this machine's clock is wrong.
    if (answer.status === 401 && (await this.#signIn.renew())) return succeeded(await this.#send(path, init));
    return succeeded(answer);
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const token = await this.#signIn.accessToken();
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    try {
      return await fetch(`${this.#apiUrl}${path}`, { ...init, headers, cache: 'no-store' });
    } catch (error) {
      throw noAnswer(error);
    }
  }
}

/** Builds an API path of URI-encoded parts: `/v1/a/b`. */
export function path(...parts: string[]): string {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

async function succeeded(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw await problemOf(answer);
}

function jsonBody(body: unknown): { headers?: Record<string, string>; body?: string } {
  if (body === undefined) return {};
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
