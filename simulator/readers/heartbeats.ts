import { randomUUID } from 'node:crypto';
import type { DoorEvent } from '@swipegate/contract';
import type { Agenda } from '../schedule/agenda.js';
import { type HttpConnection, requestHead, requestOf } from './channel/http-connection.js';
import { answersOfBatch } from './channel/swipe-answer.js';

export interface Station {
  readerId: string;
  key: string;
  connection: HttpConnection;
}

interface HeartbeatsOptions {
  /** Each reader of the site once: it sends one heartbeat, however many virtual readers simulate it. */
  readers: readonly Station[];
  target: URL;
  agenda: Agenda;
  everyMs: number;
  /** [0, 1) */
  random(): number;
  /** Called when a heartbeat fails. @param problem problem code or network error code */
  onProblem(problem: string): void;
}

/** Sends each reader's heartbeats, spread over the interval. Operators use them to find dead readers. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  #stopped = false;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  begin(): void {
    const { readers, target, agenda, everyMs, random } = this.#options;
    const url = new URL('/v1/door-events', target);
    const nowMs = performance.now();
    for (const { readerId, key, connection } of readers) {
      const head = requestHead(url, key);
      const beat = (dueMs: number): void => {
        if (this.#stopped) return;
        agenda.at(dueMs + everyMs, beat);
        this.#post(connection, head, readerId);
      };
      agenda.at(nowMs + random() * everyMs, beat);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #post(connection: HttpConnection, head: string, readerId: string): void {
    const occurredAt = new Date().toISOString();
    const event: DoorEvent = { eventId: randomUUID(), readerId, type: 'heartbeat', occurredAt };
    connection.request(requestOf(head, JSON.stringify(event)), (answer, error) => {
      const [result] = answersOfBatch(1, answer, error);
      if (result !== undefined && 'problem' in result && !this.#stopped)
        this.#options.onProblem(`heartbeat: ${result.problem}`);
    });
  }
}
