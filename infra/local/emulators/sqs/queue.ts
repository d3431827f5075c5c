import { randomUUID } from 'node:crypto';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { Deduplication, deduplicationIdOf, SequenceNumbers } from '../protocol/fifo.js';
import { ServiceError } from '../protocol/service-error.js';
import type { Store } from '../protocol/store.js';
import { KeptMessages } from './kept-messages.js';
import { type Message, type NewMessage, sizeOf } from './message.js';
import { MessageGroups } from './message-groups.js';
import { invalidParameterValue, numberOf, type QueueAttributes, redrivePolicyOf } from './queue-attributes.js';
import { WaitingReceives } from './waiting-receives.js';

interface QueueOptions {
  name: string;
  arn: string;
  attributes: QueueAttributes;
  /** Epoch ms. */
  now(): number;
  findQueue(arn: string): Queue | undefined;
  /** Keeps the queue, or has it from an earlier start. */
  store: Store;
}

const isSentBefore = compile(
  Type.Object({
    sent: Type.Object({ id: Type.String(), sequenceNumber: Type.Optional(Type.String()) }),
    untilMs: Type.Number(),
  }),
);

interface ReceiveOptions {
  max: number;
  /** Default: the queue's. */
  visibilityTimeoutSeconds?: number | undefined;
  /** How long to wait for a message, s. Default: the queue's. */
  waitSeconds?: number | undefined;
  /** Aborted when the caller has disconnected. */
  signal: AbortSignal;
}

type SentMessage = Pick<Message, 'id' | 'sequenceNumber'>;

export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  readonly createdAtMs: number;
  attributes: QueueAttributes;
  readonly #now: () => number;
  readonly #findQueue: (arn: string) => Queue | undefined;
  readonly #messages: KeptMessages;
  readonly #groups: MessageGroups;
  readonly #sent: Deduplication<SentMessage>;
  readonly #numbers: SequenceNumbers;
  readonly #waiting = new WaitingReceives();
  #timer: NodeJS.Timeout | undefined;

  constructor({ name, arn, attributes, now, findQueue, store }: QueueOptions) {
    this.name = name;
    this.arn = arn;
    this.attributes = attributes;
    this.isFifo = attributes['FifoQueue'] === 'true';
    this.createdAtMs = now();
    this.#now = now;
    this.#findQueue = findQueue;
    this.#groups = new MessageGroups(({ id, groupId }) => (this.isFifo ? (groupId ?? '') : id));
    const prefix = `queue-rows/${name}/`;
    this.#messages = new KeptMessages(store, `${prefix}message/`);
    this.#sent = new Deduplication<SentMessage>(store, `${prefix}sent/`, isSentBefore, now());
    this.#numbers = new SequenceNumbers(store, `${prefix}last`);
    for (const message of this.#messages.all()) {
      this.#groups.add(message);
      this.#groups.hide(message, message.hiddenUntilMs, now());
    }
  }

  /** Numbers of messages that are visible, in flight and delayed. */
  get counts(): { visible: number; notVisible: number; delayed: number } {
    this.#groups.showDue(this.#now());
    const hidden = Array.from(this.#groups.hidden);
    const delayed = hidden.filter(({ receiptHandle }) => receiptHandle === undefined).length;
    return { visible: this.#groups.size - hidden.length, notVisible: hidden.length - delayed, delayed };
  }

  /**
   * Returns the message sent; for a duplicate in a FIFO queue, the first one.
   * @throws {ServiceError} InvalidParameterValue, MissingParameter
   */
  send(sent: NewMessage): SentMessage {
    const size = sizeOf(sent);
    const most = numberOf(this.attributes, 'MaximumMessageSize');
    if (sent.body === '')
      throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (size > most) {
      const reason = `Message must be shorter than ${most} bytes.`;
      throw invalidParameterValue(`One or more parameters are invalid. Reason: ${reason}`);
    }
    if (!this.isFifo && sent.deduplicationId !== undefined) {
      throw invalidParameterValue('The request includes a parameter that is not valid for this queue type');
    }
    if (!this.isFifo) return this.#hold(sent, sent.deduplicationId);
    if (sent.delaySeconds !== undefined && sent.delaySeconds > 0) {
      throw invalidParameterValue(`Value ${sent.delaySeconds} for parameter DelaySeconds is invalid for a FIFO queue.`);
    }
    if (sent.groupId === undefined) {
      throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
    }
    const deduplicationId = deduplicationIdOf(this.attributes, sent.deduplicationId, sent.body);
    if (deduplicationId === undefined) {
      throw invalidParameterValue(
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    const scope = this.attributes['DeduplicationScope'] === 'messageGroup' ? sent.groupId : '';
    const key = JSON.stringify([scope, deduplicationId]);
    const first = this.#sent.find(key, this.#now());
    if (first !== undefined) return first;
    const message = this.#hold(sent, deduplicationId);
    this.#sent.remember(key, { id: message.id, sequenceNumber: message.sequenceNumber }, this.#now());
    return message;
  }

  /** Receives messages. Those received too often go to the dead-letter queue instead. */
  async receive({ max, visibilityTimeoutSeconds, waitSeconds, signal }: ReceiveOptions): Promise<Message[]> {
    const take = () => this.#take(max, visibilityTimeoutSeconds ?? numberOf(this.attributes, 'VisibilityTimeout'));
    const found = take();
    const waitMs = 1_000 * (waitSeconds ?? numberOf(this.attributes, 'ReceiveMessageWaitTimeSeconds'));
    if (found.length > 0 || waitMs === 0) return found;
    const waited = this.#waiting.wait(take, waitMs, signal);
    this.#wakeLater();
    return waited;
  }

  /** @throws {ServiceError} ReceiptHandleIsInvalid; in a FIFO queue InvalidParameterValue if it is no longer in flight */
  delete(receiptHandle: string): void {
    const { message, isLatest } = this.#find(receiptHandle);
    if (message === undefined) return;
    if (this.isFifo && (!isLatest || !this.#groups.hidden.has(message))) {
      throw invalidParameterValue(
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: it has expired.`,
      );
    }
    if (isLatest) this.#remove(message);
    this.#wake();
  }

  /** @throws {ServiceError} ReceiptHandleIsInvalid, MessageNotInflight */
  changeVisibility(receiptHandle: string, seconds: number): void {
    const { message, isLatest } = this.#find(receiptHandle);
    if (message === undefined || !isLatest || !this.#groups.hidden.has(message)) {
      throw new ServiceError('MessageNotInflight', 'The message is not in flight.');
    }
    const nowMs = this.#now();
    this.#groups.hide(message, nowMs + 1_000 * seconds, nowMs);
    this.#messages.keep(message);
    this.#wake();
  }

  purge(): void {
    this.#messages.clear();
    this.#groups.clear();
  }

  /** Removes and returns all visible messages, in order. */
  drain(): Message[] {
    this.#groups.showDue(this.#now());
    const drained = this.#groups.next(Number.POSITIVE_INFINITY);
    for (const message of drained) this.#remove(message);
    return drained;
  }

  /** Takes over a message of another queue. Skips deduplication, which could drop it. */
  adopt(message: Message): void {
    const own: Message = {
      ...message,
      sequenceNumber: this.isFifo ? this.#numbers.next() : undefined,
      receiptHandle: undefined,
      hiddenUntilMs: 0,
    };
    this.#groups.add(own);
    this.#messages.keep(own);
    this.#wake();
  }

  /** Ends waiting receives. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.endAll();
  }

  #hold(sent: NewMessage, deduplicationId: string | undefined): Message {
    const nowMs = this.#now();
    const message: Message = {
      id: randomUUID(),
      body: sent.body,
      attributes: sent.attributes ?? {},
      groupId: sent.groupId,
      deduplicationId,
      sequenceNumber: this.isFifo ? this.#numbers.next() : undefined,
      sentAtMs: nowMs,
      deadLetterSourceArn: undefined,
      receiveCount: 0,
      firstReceivedAtMs: undefined,
      receiptHandle: undefined,
      hiddenUntilMs: 0,
    };
    this.#groups.add(message);
    const delaySeconds = sent.delaySeconds ?? numberOf(this.attributes, 'DelaySeconds');
    if (delaySeconds > 0) this.#groups.hide(message, nowMs + 1_000 * delaySeconds, nowMs);
    this.#messages.keep(message);
    this.#wake();
    return message;
  }

  #take(max: number, visibilityTimeoutSeconds: number): Message[] {
    const nowMs = this.#now();
    this.#groups.showDue(nowMs);
    const policy = redrivePolicyOf(this.attributes);
    const deadLetters = policy && this.#findQueue(policy.deadLetterTargetArn);
    const isDead = ({ receiveCount }: Message) => policy !== undefined && receiveCount >= policy.maxReceiveCount;
    let found = this.#groups.next(max);
    while (deadLetters !== undefined && found.some(isDead)) {
      for (const message of found.filter(isDead)) {
        this.#remove(message);
        // AWS keeps the original sent time only for standard queues.
        const sentAtMs = this.isFifo ? nowMs : message.sentAtMs;
        deadLetters.adopt({ ...message, deadLetterSourceArn: this.arn, sentAtMs });
      }
      found = this.#groups.next(max);
    }
    for (const message of found) {
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      message.receiptHandle = Buffer.from(JSON.stringify([message.id, randomUUID()])).toString('base64');
      this.#groups.hide(message, nowMs + 1_000 * visibilityTimeoutSeconds, nowMs);
      this.#messages.keep(message);
    }
    return found;
  }

  #find(receiptHandle: string): { message: Message | undefined; isLatest: boolean } {
    const [, id] = /^\["([\w-]{36})","[\w-]{36}"\]$/.exec(Buffer.from(receiptHandle, 'base64').toString()) ?? [];
    if (id === undefined) throw new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    this.#groups.showDue(this.#now());
    const message = this.#messages.find(id);
    return { message, isLatest: message?.receiptHandle === receiptHandle };
  }

  #remove(message: Message): void {
    this.#messages.remove(message);
    this.#groups.remove(message);
  }

  #wake(): void {
    this.#waiting.serve();
    this.#wakeLater();
  }

  /** Serves the waiting receives when the next hidden message becomes visible. */
  #wakeLater(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0) return;
    const atMs = this.#groups.nextShownMs;
    if (atMs === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, atMs - this.#now()));
  }
}
