import { MAX_BATCH_ITEMS } from '@swipegate/contract';
import type { Agenda } from '../../schedule/agenda.js';
import { type HttpConnection, requestHead, requestOf } from './http-connection.js';
import type { Channel, Posting, Retries } from './posting.js';
import { answerOfSwipe, answersOfBatch } from './swipe-answer.js';

interface ChannelOptions {
  connection: HttpConnection;
  /** URL of POST /v1/swipes. */
  url: URL;
  key: string;
  retries: Retries;
}

interface SingleChannelOptions extends ChannelOptions {
  /** Seconds that the gateway may hold the answer for the decision; undefined does not wait. */
  waitSeconds: number | undefined;
}

/** Posts each swipe in its own request. */
export class SingleChannel implements Channel {
  readonly #connection: HttpConnection;
  readonly #head: string;
  readonly #retries: Retries;

  constructor({ connection, url, key, waitSeconds, retries }: SingleChannelOptions) {
    this.#connection = connection;
    this.#retries = retries;
    this.#head = requestHead(url, key, 'application/json', waitSeconds);
  }

  post(posting: Posting): void {
    this.#connection.request(
      requestOf(this.#head, posting.body),
      (answer, error) => this.#retries.settle(posting, answerOfSwipe(answer, error), (again) => this.post(again)),
      (nowMs) => this.#retries.sent(posting, nowMs),
    );
  }
}

interface BatchChannelOptions extends ChannelOptions {
  form: 'array' | 'ndjson';
  /** How long to collect swipes after the first one, ms. */
  lingerMs: number;
  agenda: Agenda;
}

/** A door controller: collects the swipes of its readers and posts them in batches, one at a time. */
export class BatchChannel implements Channel {
  readonly #options: BatchChannelOptions;
  readonly #head: string;
  #collected: Posting[] = [];
  #lingers = false;

  constructor(options: BatchChannelOptions) {
    this.#options = options;
    const type = options.form === 'array' ? 'application/json' : 'application/x-ndjson';
    this.#head = requestHead(options.url, options.key, type);
  }

  post(posting: Posting): void {
    this.#collected.push(posting);
    if (this.#collected.length >= MAX_BATCH_ITEMS) this.#send();
    else this.#linger();
  }

  #linger(): void {
    if (this.#lingers) return;
    this.#lingers = true;
    const { agenda, lingerMs } = this.#options;
    agenda.at(performance.now() + lingerMs, () => {
      this.#lingers = false;
      this.#send();
    });
  }

  #send(): void {
    const batch = this.#collected;
    if (batch.length === 0) return;
    this.#collected = [];
    const { connection, form, retries } = this.#options;
    const bodies = batch.map(({ body }) => body);
    const body = form === 'array' ? `[${bodies.join()}]` : `${bodies.join('\n')}\n`;
    connection.request(
      requestOf(this.#head, body),
      (answer, error) => {
        const answers = answersOfBatch(batch.length, answer, error);
        batch.forEach((posting, i) => {
          const result = answers[i];
          if (result !== undefined) retries.settle(posting, result, (again) => this.post(again));
        });
      },
      (nowMs) => {
        for (const posting of batch) retries.sent(posting, nowMs);
      },
    );
  }
}
