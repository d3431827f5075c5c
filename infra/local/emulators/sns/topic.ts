import { randomUUID } from 'node:crypto';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { Deduplication, deduplicationIdOf, SequenceNumbers } from '../protocol/fifo.js';
import { ServiceError } from '../protocol/service-error.js';
import type { Store } from '../protocol/store.js';
import { type MessageAttributes, sizeOf } from '../sqs/message.js';
import type { Queues } from '../sqs/queues.js';

/** SNS's error for most invalid input. */
export function invalidParameter(reason: string): ServiceError {
  return new ServiceError('InvalidParameter', `Invalid parameter: ${reason}`);
}

/** Limit of body and attributes of a published message, bytes. */
const MOST_BYTES = 262_144;

export interface Subscription {
  arn: string;
  topicArn: string;
  /** ARN of the queue. */
  endpoint: string;
  /** Delivers the message as published, without an envelope. */
  isRaw: boolean;
}

export interface Publication {
  message: string;
  subject?: string | undefined;
  attributes: MessageAttributes;
  groupId?: string | undefined;
  deduplicationId?: string | undefined;
}

export interface Published {
  messageId: string;
  /** FIFO topics only. */
  sequenceNumber?: string | undefined;
}

export interface TopicOptions {
  arn: string;
  attributes: Readonly<Record<string, string>>;
  queues: Queues;
  /** Epoch ms. */
  now(): number;
  /** Keeps the topic, or has it from an earlier start. */
  store: Store;
}

const isPublishedBefore = compile(
  Type.Object({
    sent: Type.Object({ messageId: Type.String(), sequenceNumber: Type.Optional(Type.String()) }),
    untilMs: Type.Number(),
  }),
);

/** Topic, standard or FIFO. */
export class Topic {
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isFifo: boolean;
  readonly subscriptions = new Map<string, Subscription>();
  readonly #queues: Queues;
  readonly #now: () => number;
  readonly #published: Deduplication<Published>;
  readonly #numbers: SequenceNumbers;

  constructor({ arn, attributes, queues, now, store }: TopicOptions) {
    this.arn = arn;
    this.attributes = attributes;
    this.isFifo = attributes['FifoTopic'] === 'true';
    this.#queues = queues;
    this.#now = now;
    const prefix = `topic-rows/${arn}/`;
    this.#published = new Deduplication<Published>(store, `${prefix}published/`, isPublishedBefore, now());
    this.#numbers = new SequenceNumbers(store, `${prefix}last`);
  }

  /** Subscribes a queue, by its ARN, or returns its existing subscription. @throws {ServiceError} InvalidParameter */
  subscribe(endpoint: string, isRaw: boolean): Subscription {
    const existing = Array.from(this.subscriptions.values()).find((subscription) => subscription.endpoint === endpoint);
    if (existing?.isRaw === isRaw) return existing;
    if (existing !== undefined) {
      throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
    }
    const queue = this.#queues.findByArn(endpoint);
    if (queue === undefined) throw invalidParameter('Endpoint Reason: the queue does not exist');
    if (queue.isFifo && !this.isFifo) {
      throw invalidParameter('Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics');
    }
    const subscription = { arn: `${this.arn}:${randomUUID()}`, topicArn: this.arn, endpoint, isRaw };
    this.subscriptions.set(subscription.arn, subscription);
    return subscription;
  }

  /**
   * Puts a message into every subscribed queue that still exists. A FIFO topic drops duplicates for five minutes
   * (https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html). @throws {ServiceError} InvalidParameter
   */
  publish(publication: Publication): Published {
    const { message, attributes, groupId } = publication;
    if (sizeOf({ body: message, attributes }) > MOST_BYTES) throw invalidParameter('Message too long');
    if (!this.isFifo) {
      if (publication.deduplicationId !== undefined) {
        throw invalidParameter(
          'MessageDeduplicationId Reason: The request includes a parameter that is not valid for this topic type',
        );
      }
      const published = { messageId: randomUUID(), sequenceNumber: undefined };
      this.#deliver(publication, published);
      return published;
    }
    if (groupId === undefined) throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
    const deduplicationId = deduplicationIdOf(this.attributes, publication.deduplicationId, message);
    if (deduplicationId === undefined) {
      throw invalidParameter(
        'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    const first = this.#published.find(deduplicationId, this.#now());
    if (first !== undefined) return first;
    const published = { messageId: randomUUID(), sequenceNumber: this.#numbers.next() };
    this.#deliver({ ...publication, deduplicationId }, published);
    this.#published.remember(deduplicationId, published, this.#now());
    return published;
  }

  #deliver(publication: Publication, published: Published): void {
    for (const subscription of this.subscriptions.values()) {
      const queue = this.#queues.findByArn(subscription.endpoint);
      if (queue === undefined) continue;
      const { message, attributes, groupId, deduplicationId } = publication;
      const context = { ...published, topicArn: this.arn, atMs: this.#now() };
      queue.send({
        body: subscription.isRaw ? message : notificationBody(publication, context),
        attributes: subscription.isRaw ? attributes : {},
        groupId,
        // A standard queue accepts no deduplication id.
        deduplicationId: queue.isFifo ? deduplicationId : undefined,
      });
    }
  }
}

/** Envelope without signature (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). */
function notificationBody(
  { message, subject, attributes }: Publication,
  { messageId, sequenceNumber, topicArn, atMs }: Published & { topicArn: string; atMs: number },
): string {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? BinaryValue },
  ]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    SequenceNumber: sequenceNumber,
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    Timestamp: new Date(atMs).toISOString(),
    ...(entries.length === 0 ? {} : { MessageAttributes: Object.fromEntries(entries) }),
  });
}
