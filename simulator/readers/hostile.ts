import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { newApiKey, type Reader, type Swipe } from '@swipegate/contract';
import type { Attack, AttackKind } from '../scenarios/scenario.js';
import type { Agenda } from '../schedule/agenda.js';
import type { HttpAnswer } from './channel/http-answer.js';
import { HttpConnection } from './channel/http-connection.js';
import { requestHead, requestOf } from './channel/request-head.js';
import { answerOfSwipe } from './channel/swipe-answer.js';
import { MALFORMED } from './malformed.js';

export interface HostileOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  /** Readers whose names are used. */
  readers: readonly Reader[];
  cardIds: readonly string[];
  /** Of each kind, its share of all arrivals. */
  shares: Attack;
  agenda: Agenda;
  /** [0, 1) */
  random(): number;
  /** How the gateway met a post. @param why what it did wrong, when it did not repel it */
  onAnswer(kind: AttackKind, repelled: boolean, why: string): void;
}

/** A swipe that was accepted, and the key with which. */
interface Accepted {
  body: string;
  key: string;
}

const CONNECTIONS = 8;
const TIMEOUT_MS = 15_000;
const WAIT_SECONDS = 5;
/** Kept to be replayed. */
const REMEMBERED = 200;
/** Slow clients at once, at most. */
const SLOW_AT_ONCE = 50;
const SLOW_BYTE_MS = 1_000;
/** A byte that finds the connection closed by then has been told. */
const SLOW_PATIENCE_MS = 90_000;

/** Posts what a gateway must turn away, or answer as if it came for the first time. */
export class Hostile {
  readonly #options: HostileOptions;
  readonly #url: URL;
  readonly #connections: HttpConnection[];
  readonly #remembered: Accepted[] = [];
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

  /** A strike, where the dice say that this arrival is one. */
  draw(): (() => void) | undefined {
    if (this.#isPeaceful) return undefined;
    let dice = this.#options.random();
    for (const kind of KINDS) {
      dice -= this.#options.shares[kind] ?? 0;
      if (dice < 0) return () => this.#strike[kind]();
    }
    return undefined;
  }

  /** A swipe was accepted: it may be replayed. */
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
        const said = answerOfSwipe(answer, error);
        // 202: durable, and not decided in time; what the decision was, nobody here knows, but no door has opened on it.
        if (said.kind === 'accepted') return undefined;
        if (said.kind === 'decided' && said.decision.reason === 'denied-unknown-credential') return undefined;
        return `an unknown card was answered with ${said.kind === 'decided' ? said.decision.reason : said.reason}`;
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
      // That it is not decided twice, the ledger sees.
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
    type = 'application/json',
  ): void {
    const connection = this.#connections[this.#next++ % CONNECTIONS];
    const head = requestHead(this.#url, key, { type, ...(kind === 'unknownCard' ? { wait: WAIT_SECONDS } : {}) });
    connection?.request(requestOf(head, body), (answer, error) => {
      if (this.#closed) return;
      // Shed like any other: that is no way through either.
      const isShed = answer !== undefined && (answer.status === 429 || answer.status === 503);
      const wrong = isShed ? undefined : wrongOf(answer, error);
      this.#options.onAnswer(kind, wrong === undefined, wrong ?? '');
    });
  }

  /** Sends a request a byte a second: a server that waits for its end for ever runs out of connections. */
  #creep(): void {
    if (this.#slow.size >= SLOW_AT_ONCE) return;
    const { target, agenda, onAnswer } = this.#options;
    const socket = connect({ host: target.hostname.replace(/^\[|\]$/g, ''), port: Number(target.port || 80) });
    const text = requestOf(requestHead(this.#url, 'slow', { type: 'application/json' }), '{}');
    const startedMs = performance.now();
    let sent = 0;
    const done = (repelled: boolean): void => {
      if (!this.#slow.delete(socket)) return;
      socket.destroy();
      if (!this.#closed)
        onAnswer('slowClient', repelled, `a request of a byte a second was not ended within ${SLOW_PATIENCE_MS} ms`);
    };
    const creep = (_dueMs: number, nowMs: number): void => {
      if (!this.#slow.has(socket)) return;
      if (nowMs - startedMs > SLOW_PATIENCE_MS) {
        done(false);
        return;
      }
      // The head's last byte is held back: it never ends.
      if (sent < text.length - 4) socket.write(text.charAt(sent++));
      agenda.at(nowMs + SLOW_BYTE_MS, creep);
    };
    this.#slow.add(socket);
    socket.on('error', () => done(true));
    socket.on('close', () => done(true));
    // A 408 is the polite way.
    socket.on('data', () => done(true));
    agenda.at(startedMs, creep);
  }

  #swipe(reader: Reader | undefined, cardId: string | undefined): Swipe {
    return {
      swipeId: randomUUID(),
      readerId: reader?.readerId ?? 'nobody',
      cardId: cardId ?? 'nobody',
      readAt: new Date().toISOString(),
    };
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
    const said =
      answer === undefined
        ? (error?.message ?? 'no answer')
        : `${answer.status} ${answer.body.toString('utf8', 0, 200)}`;
    return `answered with ${said}, must be ${statuses.join(' or ')}`;
  };
}
