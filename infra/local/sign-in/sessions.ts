import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExpiringMap } from './expiring-map.js';
import type { LocalUser } from './users.js';

/** Lifetime of a session, as in the hosted UI. */
const SESSION_MS = 3_600_000;

/** Session of a browser. It begins before the sign-in. */
export interface Session {
  /** `authTime`: s since the epoch. */
  signedIn: { user: LocalUser; authTime: number } | undefined;
}

/**
 * Identifies browsers by a random name in a cookie, which scripts cannot read and forms of other sites do not send. A
 * sign-in changes the name, so a planted cookie is useless (session fixation).
 */
export class Sessions {
  readonly #sessions: ExpiringMap<Session>;
  readonly #issuer: () => string;

  constructor({ issuer, now }: { issuer: () => string; now: () => number }) {
    this.#sessions = new ExpiringMap({ ttlMs: SESSION_MS, now });
    this.#issuer = issuer;
  }

  /** Returns the session of a request; undefined for a new browser. */
  of(request: FastifyRequest): Session | undefined {
    const name = this.#nameIn(request);
    return name === undefined ? undefined : this.#sessions.get(name);
  }

  /** Starts a new session in the browser and ends its old one. */
  start(request: FastifyRequest, reply: FastifyReply, signedIn?: Session['signedIn']): Session {
    const name = this.#nameIn(request);
    if (name !== undefined) this.#sessions.delete(name);
    const session: Session = { signedIn };
    const cookie = `${this.#cookie()}=${this.#sessions.add(session)}`;
    reply.header('set-cookie', `${cookie}; Path=/; Max-Age=${SESSION_MS / 1_000}; HttpOnly; SameSite=Lax`);
    return session;
  }

  /** Cookies ignore ports, so two issuers on one machine need cookies with different names. */
  #cookie(): string {
    return `swipegate-oidc-${new URL(this.#issuer()).port}`;
  }

  #nameIn({ headers }: FastifyRequest): string | undefined {
    const start = `${this.#cookie()}=`;
    return headers.cookie
      ?.split(/; */)
      .find((pair) => pair.startsWith(start))
      ?.slice(start.length);
  }
}
