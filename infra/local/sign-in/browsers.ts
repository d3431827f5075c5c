import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DemoUser } from './demo-users.js';
import { Expiring } from './expiring.js';

/** Lifetime of a session, as in the hosted UI: a user who returns within it need not choose again. */
export const SESSION_MS = 3_600_000;

export interface Session {
  user: DemoUser;
  /** s since the epoch. */
  authTime: number;
}

/** State of one browser: its session, if the user is signed in. */
export interface Browser {
  session: Session | undefined;
}

/**
 * Identifies browsers by a random name in a cookie that scripts cannot read and forms of other sites do not send. Each session
 * gets a new name, so a cookie planted before the sign-in is useless afterwards (session fixation).
 */
export class Browsers {
  readonly #browsers: Expiring<Browser>;
  readonly #issuer: () => string;

  constructor({ issuer, now }: { issuer: () => string; now: () => number }) {
    this.#browsers = new Expiring({ ttlMs: SESSION_MS, now });
    this.#issuer = issuer;
  }

  /** Returns the browser of a request; undefined for a new one. */
  of(request: FastifyRequest): Browser | undefined {
    const name = this.#nameIn(request);
    return name === undefined ? undefined : this.#browsers.get(name);
  }

  /** Gives the browser a new name and drops the state under its old one. */
  rename(request: FastifyRequest, reply: FastifyReply, session?: Session): Browser {
    const name = this.#nameIn(request);
    if (name !== undefined) this.#browsers.delete(name);
    const browser: Browser = { session };
    const cookie = `${this.#cookie()}=${this.#browsers.add(browser)}`;
    reply.header('set-cookie', `${cookie}; Path=/; Max-Age=${SESSION_MS / 1_000}; HttpOnly; SameSite=Lax`);
    return browser;
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
