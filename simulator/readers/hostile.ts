import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { newApiKey, type Reader, type Swipe } from '@swipegate/contract';
import type { Attack, AttackKind } from '../scenarios/scenario.js';
import type { Agenda } from '../schedule/agenda.js';
import type { HttpAnswer } from './channel/http-answer.js';
import { HttpConnection, requestHead, requestOf } from './channel/http-connection.js';
import { answerOfSwipe } from './channel/swipe-answer.js';

interface HostileOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  readers: readonly Reader[];
  cardIds: readonly string[];
  /** Share of all arrivals, by kind. */
  shares: Attack;
  agenda: Agenda;
  /** [0, 1) */
  random(): number;
  /** Called with the outcome of a post. @param why the gateway's fault if it did not repel the post */
  onAnswer(kind: AttackKind, repelled: boolean, why: string): void;
}

const CONNECTIONS = 8;
const TIMEOUT_MS = 15_000;
const WAIT_SECONDS = 5;
/** Swipes stored for replay, at most. */
const REMEMBERED = 200;
/** Concurrent slow clients, at most. */
const SLOW_AT_ONCE = 50;
const SLOW_BYTE_MS = 1_000;
/** The gateway must end a slow request within this time, ms. */
const SLOW_PATIENCE_MS = 90_000;

/** Sends hostile posts: the gateway must reject them, or answer a replay like the first post. */
export class Hostile {
  readonly #options: HostileOptions;
  readonly #url: URL;
  readonly #connections: HttpConnection[];
  readonly #remembered: { body: string; key: string }[] = [];
  readonly #slow = new Set<Socket>();
  readonly #entrances: readonly Reader[];
  readonly #isPeaceful: boolean;
  #next = 0;
  #closed = false;

  constructor(options: HostileOptions) {
    this.#options = options;
    this.#url = new URL('/v1/swipes', options.target);
    this.#connections = Array.from({ length: CONNECTIONS }, () => new HttpConnection(options.target, TIMEOUT_MS));
    this.#isPeaceful = KINDS.every((kind) => (options.shares[kind] ?? 0) === 0);
    this.#entrances = options.readers.filter(({ direction, mode }) => direction === 'in' && mode === 'normal');
  }

  /** Draws whether an arrival is hostile. @returns the function that sends the post; undefined if it is not */
  draw(): (() => void) | undefined {
    if (this.#isPeaceful) return undefined;
    let dice = this.#options.random();
    for (const kind of KINDS) {
      dice -= this.#options.shares[kind] ?? 0;
      if (dice < 0) return () => this.#strike[kind]();
    }
    return undefined;
  }

  /** Stores an accepted swipe, which may be replayed later. */
  remember(body: string, readerId: string): void {
    if ((this.#options.shares.replayed ?? 0) === 0) return;
    const accepted = { body, key: this.#options.keys[readerId] ?? '' };
    if (this.#remembered.length < REMEMBERED) this.#remembered.push(accepted);
    else this.#remembered[Math.floor(this.#options.random() * REMEMBERED)] = accepted;
  }

  checkTimeout(nowMs: number): void {
    for (const connection of this.#connections) connection.checkTimeout(nowMs);
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.close();
    for (const socket of this.#slow) socket.destroy();
  }

  readonly #strike: Readonly<Record<AttackKind, () => void>> = {
    unknownCard: () => {
      const swipe = this.#swipe(this.#any(this.#entrances), `forged-${randomUUID()}`);
      this.#post('unknownCard', JSON.stringify(swipe), this.#keyOf(swipe), (answer, error) => {
        const result = answerOfSwipe(answer, error);
        // 202: stored but not decided in time. The decision is unknown here, but no door opened on this answer.
        if (result.kind === 'accepted') return undefined;
        if (result.kind === 'decided' && result.decision.reason === 'denied-unknown-credential') return undefined;
        return `an unknown card was answered with ${result.kind === 'decided' ? result.decision.reason : result.reason}`;
      });
    },
    wrongKey: () => {
      const swipe = this.#swipe(this.#any(this.#options.readers), this.#any(this.#options.cardIds));
      this.#post('wrongKey', JSON.stringify(swipe), newApiKey(), mustBe(401));
    },
    otherReadersKey: () => {
      const { keys, readers } = this.#options;
      const reader = this.#any(readers);
      const swipe = this.#swipe(reader, this.#any(this.#options.cardIds));
      const other = this.#any(readers.filter(({ readerId }) => keys[readerId] !== keys[reader?.readerId ?? '']));
      if (other === undefined) return;
      this.#post('otherReadersKey', JSON.stringify(swipe), keys[other.readerId] ?? '', mustBe(403));
    },
    replayed: () => {
      const accepted = this.#any(this.#remembered);
      // The ledger checks that it is not decided twice.
      if (accepted !== undefined) this.#post('replayed', accepted.body, accepted.key, mustBe(200, 202));
    },
    malformed: () => {
      const swipe = this.#swipe(this.#any(this.#options.readers), this.#any(this.#options.cardIds));
      const malformed = this.#any(MALFORMED);
      if (malformed === undefined) return;
      const key = this.#keyOf(swipe);
      this.#post('malformed', malformed.body(swipe), key, mustBe(...malformed.status), malformed.type);
    },
    slowClient: () => this.#creep(),
  };

  #post(
    kind: AttackKind,
    body: string,
    key: string,
    wrongOf: (answer: HttpAnswer | undefined, error: Error | undefined) => string | undefined,
    type?: string,
  ): void {
    const connection = this.#connections[this.#next++ % CONNECTIONS];
    const head = requestHead(this.#url, key, type, kind === 'unknownCard' ? WAIT_SECONDS : undefined);
    connection?.request(requestOf(head, body), (answer, error) => {
      if (this.#closed) return;
      // Load shedding also keeps the post out.
      const isShed = answer !== undefined && (answer.status === 429 || answer.status === 503);
      const wrong = isShed ? undefined : wrongOf(answer, error);
      this.#options.onAnswer(kind, wrong === undefined, wrong ?? '');
    });
  }

  /** Sends a request at one byte per second: a server without a request timeout runs out of connections. */
  #creep(): void {
    if (this.#slow.size >= SLOW_AT_ONCE) return;
    const { target, agenda, onAnswer } = this.#options;
    const socket = connect({ host: target.hostname.replace(/^\[|\]$/g, ''), port: Number(target.port || 80) });
    const text = requestOf(requestHead(this.#url, 'slow'), '{}');
    const startedMs = performance.now();
    let sent = 0;
    const done = (repelled: boolean): void => {
      if (!this.#slow.delete(socket)) return;
      socket.destroy();
      const wrong = `a request at one byte per second was not ended within ${SLOW_PATIENCE_MS} ms`;
      if (!this.#closed) onAnswer('slowClient', repelled, wrong);
    };
    const creep = (_dueMs: number, nowMs: number): void => {
      if (!this.#slow.has(socket)) return;
      if (nowMs - startedMs > SLOW_PATIENCE_MS) {
        done(false);
        return;
      }
      // Never send the final CRLF, so that the head never ends.
      if (sent < text.length - 4) socket.write(text.charAt(sent++));
      agenda.at(nowMs + SLOW_BYTE_MS, creep);
    };
    this.#slow.add(socket);
    // An answer, usually 408, also ends the request.
    for (const event of ['error', 'close', 'data']) socket.on(event, () => done(true));
    agenda.at(startedMs, creep);
  }

  #swipe(reader: Reader | undefined, cardId = 'nobody'): Swipe {
    const { readerId = 'nobody' } = reader ?? {};
    return { swipeId: randomUUID(), readerId, cardId, readAt: new Date().toISOString() };
  }

  #keyOf({ readerId }: Swipe): string {
    return this.#options.keys[readerId] ?? '';
  }

  #any<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#options.random() * items.length)];
  }
}

const KINDS = ['unknownCard', 'wrongKey', 'otherReadersKey', 'replayed', 'malformed', 'slowClient'] as const;

function mustBe(...statuses: number[]) {
  return (answer: HttpAnswer | undefined, error: Error | undefined): string | undefined => {
    if (answer !== undefined && statuses.includes(answer.status)) return undefined;
    const received = answer && `${answer.status} ${answer.body.toString('utf8', 0, 200)}`;
    return `answered with ${received ?? error?.message ?? 'no answer'}, must be ${statuses.join(' or ')}`;
  };
}

/** A body that the gateway must reject, and the statuses it may use. */
interface Malformed {
  body(swipe: Swipe): string;
  type?: string;
  status: readonly number[];
}

const JSON_TOO_LARGE = 2 * 1024 * 1024;
const TOO_MANY = 501;

/** Bodies with one fault each: in the JSON, a member, the content type or the size. */
const MALFORMED: readonly Malformed[] = [
  { body: (swipe) => JSON.stringify(swipe).slice(0, -1), status: [400] },
  { body: () => '', status: [400, 415, 422] },
  { body: () => 'null', status: [400, 422] },
  { body: () => '[]', status: [422] },
  { body: () => '"swipe"', status: [422] },
  { body: () => '['.repeat(10_000), status: [400] },
  { body: ({ swipeId: _left, ...rest }) => JSON.stringify(rest), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, swipeId: '1' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: '../../etc/passwd' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: { $gt: '' } }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: 'a\u0000b' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, cardId: 'x'.repeat(100_000) }), status: [413, 422] },
  { body: (swipe) => JSON.stringify({ ...swipe, readAt: 'yesterday' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, outcome: 'granted' }), status: [422] },
  { body: (swipe) => JSON.stringify({ ...swipe, tenantId: 'another' }), status: [422] },
  { body: (swipe) => JSON.stringify(Array(TOO_MANY).fill(swipe)), status: [413] },
  { body: () => `"${'x'.repeat(JSON_TOO_LARGE)}"`, status: [413] },
  { body: (swipe) => JSON.stringify(swipe), type: 'text/plain', status: [415] },
  { body: (swipe) => JSON.stringify(swipe), type: 'application/xml', status: [415] },
];
