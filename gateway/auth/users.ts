import { requireRouteAction, userOfToken } from '@swipegate/http/sign-in/authenticate';
import type { TokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Account } from './account.js';
import type { Principal } from './api-key-directory.js';

const MOST_USERS = 10_000;
const NO_READERS: ReadonlySet<string> = new Set();
const TOKEN = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** Access token of a request; undefined if it has none, or an API key, which has no dots. */
export function accessToken({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return authorization === undefined ? undefined : TOKEN.exec(authorization)?.[1];
}

/** Signed-in users of the back office on operators' routes. Each has an account, as a key has. */
export class Users {
  readonly #verify: TokenVerifier;
  readonly #accounts = new LRUCache<string, Account>({ max: MOST_USERS });
  readonly #tenant: (tenantId: string) => Account;

  /** @param tenant returns the account that all of a tenant's keys and users share */
  constructor(verify: TokenVerifier, tenant: (tenantId: string) => Account) {
    this.#verify = verify;
    this.#tenant = tenant;
  }

  /**
   * Returns the user of a token, as an operator, if a role of the user allows the route's action.
   * @throws {ProblemError} `invalid-token` (401), `role-not-allowed` (403) or `lookup-unavailable` (503)
   */
  async operator(request: FastifyRequest, token: string): Promise<Principal> {
    const user = await userOfToken(request, token, this.#verify);
    requireRouteAction(request, user);
    const { userId, tenantId, endsMs } = user;
    const account = this.#accounts.get(userId) ?? new Account(this.#tenant(tenantId));
    this.#accounts.set(userId, account);
    return { keyId: userId, tenantId, role: 'operator', readerIds: NO_READERS, endsMs, account };
  }
}
