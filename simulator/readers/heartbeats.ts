import { randomUUID } from 'node:crypto';
import type { DoorEvent } from '@swipegate/contract';
import type { Agenda } from '../schedule/agenda.js';
import type { HttpConnection } from './channel/http-connection.js';
import { requestHead, requestOf } from './channel/request-head.js';
import { answersOfBatch } from './channel/swipe-answer.js';

export interface HeartbeatsOptions {
  /** By reader: a heartbeat goes out once, however many virtual readers play it. */
  readers: readonly { readerId: string; key: string; connection: HttpConnection }[];
  target: URL;
  agenda: Agenda;
  everyMs: number;
  /** [0, 1) */
  random(): number;
  /** One was not taken. @param problem a problem code, or what the network said */
  onProblem(problem: string): void;
}

/** Readers say that they are alive, each at its own moment: by which an operator knows those that do not. */
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
      const head = requestHead(url, key, { type: 'application/json' });
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
    const event: DoorEvent = {
      eventId: randomUUID(),
      readerId,
      type: 'heartbeat',
      occurredAt: new Date().toISOString(),
    };
    connection.request(requestOf(head, JSON.stringify(event)), (answer, error) => {
      const [said] = answersOfBatch(1, answer, error);
      if (said !== undefined && 'problem' in said && !this.#stopped)
        this.#options.onProblem(`heartbeat: ${said.problem}`);
    });
  }
}
