import type { HttpConnection } from './http-connection.js';
import type { Channel, Posting, PostingEvents } from './posting.js';
import { requestHead, requestOf } from './request-head.js';
import type { Retries } from './retries.js';
import { answerOfSwipe } from './swipe-answer.js';

export interface SingleChannelOptions {
  connection: HttpConnection;
  /** URL of POST /v1/swipes. */
  url: URL;
  key: string;
  /** Seconds that the gateway may hold the answer for the decision; undefined does not wait. */
  waitSeconds: number | undefined;
  retries: Retries;
  events: PostingEvents;
}

/** Posts each swipe in its own request. */
export class SingleChannel implements Channel {
  readonly #connection: HttpConnection;
  readonly #head: string;
  readonly #retries: Retries;
  readonly #events: PostingEvents;

  constructor({ connection, url, key, waitSeconds, retries, events }: SingleChannelOptions) {
    this.#connection = connection;
    this.#retries = retries;
    this.#events = events;
    this.#head = requestHead(url, key, {
      type: 'application/json',
      ...(waitSeconds === undefined ? {} : { wait: waitSeconds }),
    });
  }

  post(posting: Posting): void {
    this.#connection.request(
      requestOf(this.#head, posting.body),
      (answer, error) => this.#retries.settle(posting, answerOfSwipe(answer, error), (again) => this.post(again)),
      posting.retries === 0 ? (nowMs) => this.#sent(posting, nowMs) : undefined,
    );
  }

  #sent(posting: Posting, nowMs: number): void {
    posting.entry.sentMs = nowMs;
    this.#events.sent(posting);
  }
}
