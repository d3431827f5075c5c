import type { Message } from './message.js';

/** Messages that must be received in order. While one of them is hidden, none can be received. */
interface Lane {
  readonly messages: Set<Message>;
  hidden: number;
}

/**
 * Order of a queue's messages. A FIFO queue has a lane for each message group, a standard queue one for each message
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html).
 */
export class Lanes {
  readonly #laneOf: (message: Message) => string;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose messages can be received. */
  readonly #open = new Set<Lane>();
  readonly #hidden = new Set<Message>();
  #size = 0;

  constructor(laneOf: (message: Message) => string) {
    this.#laneOf = laneOf;
  }

  /** Number of all messages, hidden or not. */
  get size(): number {
    return this.#size;
  }

  get hidden(): ReadonlySet<Message> {
    return this.#hidden;
  }

  /** Appends a message to its lane. */
  add(message: Message): void {
    const name = this.#laneOf(message);
    const lane = this.#lanes.get(name) ?? { messages: new Set(), hidden: 0 };
    this.#lanes.set(name, lane);
    lane.messages.add(message);
    this.#size += 1;
    this.#openOrClose(lane);
  }

  /** Hides a message until a time. A past time makes it visible immediately, in its old position. */
  hide(message: Message, untilMs: number, nowMs: number): void {
    const lane = this.#lanes.get(this.#laneOf(message));
    if (lane === undefined) return;
    message.hiddenUntilMs = untilMs;
    if (untilMs > nowMs) {
      if (!this.#hidden.has(message)) lane.hidden += 1;
      this.#hidden.add(message);
    } else if (this.#hidden.delete(message)) {
      lane.hidden -= 1;
    }
    this.#openOrClose(lane);
  }

  /** Makes messages visible whose hiding time has passed. */
  settle(nowMs: number): void {
    for (const message of this.#hidden) {
      if (message.hiddenUntilMs <= nowMs) this.hide(message, message.hiddenUntilMs, nowMs);
    }
  }

  remove(message: Message): void {
    const name = this.#laneOf(message);
    const lane = this.#lanes.get(name);
    if (lane === undefined || !lane.messages.delete(message)) return;
    this.#size -= 1;
    if (this.#hidden.delete(message)) lane.hidden -= 1;
    if (lane.messages.size === 0) this.#lanes.delete(name);
    this.#openOrClose(lane);
  }

  /** Returns the next messages to receive: all of one lane, then of the next. */
  next(max: number): Message[] {
    const found: Message[] = [];
    for (const lane of this.#open) {
      for (const message of lane.messages) {
        if (found.length === max) return found;
        found.push(message);
      }
    }
    return found;
  }

  /** Time at which the next hidden message becomes visible, epoch ms. */
  get nextShownMs(): number | undefined {
    let first: number | undefined;
    for (const { hiddenUntilMs } of this.#hidden) {
      if (first === undefined || hiddenUntilMs < first) first = hiddenUntilMs;
    }
    return first;
  }

  clear(): void {
    this.#lanes.clear();
    this.#open.clear();
    this.#hidden.clear();
    this.#size = 0;
  }

  #openOrClose(lane: Lane): void {
    if (lane.hidden === 0 && lane.messages.size > 0) this.#open.add(lane);
    else this.#open.delete(lane);
  }
}
