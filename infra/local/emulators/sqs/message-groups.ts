import type { Message } from './message.js';

/** Messages that must be received in order. While one of them is hidden, none can be received. */
interface Group {
  readonly messages: Set<Message>;
  hidden: number;
}

/**
 * Order of a queue's messages. A FIFO queue has a group for each MessageGroupId, a standard queue one for each message
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html).
 */
export class MessageGroups {
  readonly #groupOf: (message: Message) => string;
  readonly #groups = new Map<string, Group>();
  /** Groups whose messages can be received. */
  readonly #open = new Set<Group>();
  readonly #hidden = new Set<Message>();
  #size = 0;

  constructor(groupOf: (message: Message) => string) {
    this.#groupOf = groupOf;
  }

  /** Includes hidden messages. */
  get size(): number {
    return this.#size;
  }

  get hidden(): ReadonlySet<Message> {
    return this.#hidden;
  }

  add(message: Message): void {
    const name = this.#groupOf(message);
    const group = this.#groups.get(name) ?? { messages: new Set(), hidden: 0 };
    this.#groups.set(name, group);
    group.messages.add(message);
    this.#size += 1;
    this.#openOrClose(group);
  }

  /** Hides a message until a time. A past time makes it visible immediately, in its old position. */
  hide(message: Message, untilMs: number, nowMs: number): void {
    const group = this.#groups.get(this.#groupOf(message));
    if (group === undefined) return;
    message.hiddenUntilMs = untilMs;
    if (untilMs > nowMs) {
      if (!this.#hidden.has(message)) group.hidden += 1;
      this.#hidden.add(message);
    } else if (this.#hidden.delete(message)) {
      group.hidden -= 1;
    }
    this.#openOrClose(group);
  }

  /** Makes messages visible whose hiding time has passed. */
  showDue(nowMs: number): void {
    for (const message of this.#hidden) {
      if (message.hiddenUntilMs <= nowMs) this.hide(message, message.hiddenUntilMs, nowMs);
    }
  }

  remove(message: Message): void {
    const name = this.#groupOf(message);
    const group = this.#groups.get(name);
    if (group === undefined || !group.messages.delete(message)) return;
    this.#size -= 1;
    if (this.#hidden.delete(message)) group.hidden -= 1;
    if (group.messages.size === 0) this.#groups.delete(name);
    this.#openOrClose(group);
  }

  /** Returns the next messages to receive: all of one group, then of the next. */
  next(max: number): Message[] {
    const found: Message[] = [];
    for (const group of this.#open) {
      for (const message of group.messages) {
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
    this.#groups.clear();
    this.#open.clear();
    this.#hidden.clear();
    this.#size = 0;
  }

  #openOrClose(group: Group): void {
    if (group.hidden === 0 && group.messages.size > 0) this.#open.add(group);
    else this.#open.delete(group);
  }
}
