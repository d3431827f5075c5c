import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { foreignCaller, isLoopback } from '@swipegate/http/foreign-callers';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

const SESSION_MS = 12 * 3_600_000;
const MOST_SESSIONS = 1_000;
const COOKIE = 'swipegate-ops';
const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;
/** Headers that proxies add to forwarded requests. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/**
 * Grants access to this machine, the operator's key, and sessions. A session is a random token in a cookie that scripts
 * cannot read and other sites cannot send; the server keeps only its digest.
 */
export class Access {
  readonly #operatorKey: Buffer;
  readonly #sessions = new LRUCache<string, true>({ max: MOST_SESSIONS, ttl: SESSION_MS });

  constructor(operatorKey: string) {
    this.#operatorKey = digest(operatorKey);
  }

  isGranted(request: FastifyRequest): boolean {
    if (isOfThisMachine(request)) return true;
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key !== undefined && this.#isKey(key)) return true;
    const token = cookieOf(request.headers.cookie ?? '');
    return token !== undefined && this.#sessions.has(digest(token).toString('hex'));
  }

  /** Opens a session. @returns the Set-Cookie header; undefined if the key is not the operator's */
  open(key: string): string | undefined {
    if (!this.#isKey(key)) return undefined;
    const token = randomBytes(32).toString('base64url');
    this.#sessions.set(digest(token).toString('hex'), true);
    return `${COOKIE}=${token}; Path=/ops; Max-Age=${SESSION_MS / 1_000}; HttpOnly; SameSite=Strict`;
  }

  #isKey(key: string): boolean {
    return timingSafeEqual(digest(key), this.#operatorKey);
  }
}

/** Over loopback, without a proxy, and not from a page of another site. */
function isOfThisMachine({ ip, raw }: FastifyRequest): boolean {
  if (PROXY_HEADERS.some((name) => raw.headers[name] !== undefined)) return false;
  return isLoopback(ip) && foreignCaller(raw) === undefined;
}

function cookieOf(header: string): string | undefined {
  const start = `${COOKIE}=`;
  return header
    .split(/; */)
    .find((pair) => pair.startsWith(start))
    ?.slice(start.length);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
