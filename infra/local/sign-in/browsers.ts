import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DemoUser } from './demo-users.js';
import { Expiring } from './expiring.js';

/** As the hosted UI's own session: who comes back within it need not choose again. */
export const SESSION_MS = 3_600_000;

export interface Session {
  user: DemoUser;
  /** s since the epoch. */
  authTime: number;
}

/** What is known of one browser: who it was signed in as, if anybody. */
export interface Browser {
  session: Session | undefined;
}

/**
 * Tells browsers apart by a random name in a cookie, which no script reads and no form of another site sends. It is a new one
 * for each session: what somebody may have planted before the sign-in is worth nothing after it.
 */
export class Browsers {
  readonly #browsers: Expiring<Browser>;
  readonly #issuer: () => string;

  constructor({ issuer, now }: { issuer: () => string; now: () => number }) {
    this.#browsers = new Expiring({ ttlMs: SESSION_MS, now });
    this.#issuer = issuer;
  }

  /** The browser of a request, where it was here before. */
  of(request: FastifyRequest): Browser | undefined {
    const name = this.#nameIn(request);
    return name === undefined ? undefined : this.#browsers.get(name);
  }

  /** Gives the browser a new name, and forgets what was known under its old one. */
  rename(request: FastifyRequest, reply: FastifyReply, session?: Session): Browser {
    const name = this.#nameIn(request);
    if (name !== undefined) this.#browsers.delete(name);
    const browser: Browser = { session };
    const cookie = `${this.#cookie()}=${this.#browsers.add(browser)}`;
    reply.header('set-cookie', `${cookie}; Path=/; Max-Age=${SESSION_MS / 1_000}; HttpOnly; SameSite=Lax`);
    return browser;
  }

  /** Cookies do not know ports: those of two issuers of one machine must differ by name. */
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
