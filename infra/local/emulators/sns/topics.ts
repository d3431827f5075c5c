import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { arnOf } from '../protocol/local-account.js';
import { ServiceError } from '../protocol/service-error.js';
import { Store } from '../protocol/store.js';
import type { Queues } from '../sqs/queues.js';
import { invalidParameter, type Subscription, Topic } from './topic.js';

const TOPIC_NAME = /^[\w-]{1,256}$/;
const FIFO_NAME = /^[\w-]{1,251}\.fifo$/;
const FIFO_ATTRIBUTES = ['FifoTopic', 'ContentBasedDeduplication', 'FifoThroughputScope'];
const ATTRIBUTES = [...FIFO_ATTRIBUTES, 'DisplayName', 'KmsMasterKeyId', 'Policy'];

const isSavedTopic = compile(
  Type.Object({
    attributes: Type.Record(Type.String(), Type.String()),
    subscriptions: Type.Array(
      Type.Object({ arn: Type.String(), topicArn: Type.String(), endpoint: Type.String(), isRaw: Type.Boolean() }),
    ),
  }),
);

export class Topics {
  readonly #queues: Queues;
  readonly #now: () => number;
  readonly #topics = new Map<string, Topic>();

  readonly #store: Store;

  /** @param now clock, epoch ms @param store has the topics of an earlier start */
  constructor(queues: Queues, now: () => number, store: Store = Store.none()) {
    this.#queues = queues;
    this.#now = now;
    this.#store = store;
    for (const [arn, row] of store.under('topic/')) {
      if (!isSavedTopic(row)) continue;
      const topic = this.#add(arn, row.attributes);
      for (const subscription of row.subscriptions) topic.subscriptions.set(subscription.arn, subscription);
    }
  }

  /** Keeps a topic's subscriptions. Call it after each change of them. */
  keep({ arn, attributes, subscriptions }: Topic): void {
    this.#store.put(`topic/${arn}`, { attributes, subscriptions: Array.from(subscriptions.values()) });
  }

  #add(arn: string, attributes: Readonly<Record<string, string>>): Topic {
    const topic = new Topic({ arn, attributes, queues: this.#queues, now: this.#now, store: this.#store });
    this.#topics.set(arn, topic);
    return topic;
  }

  all(): Topic[] {
    return Array.from(this.#topics.values());
  }

  /** @throws {ServiceError} NotFound */
  get(arn: string): Topic {
    const topic = this.#topics.get(arn);
    if (topic === undefined) throw new ServiceError('NotFound', 'Topic does not exist', 404);
    return topic;
  }

  /** Creates a topic, or returns the existing one with the same attributes. @throws {ServiceError} InvalidParameter */
  create(name: string, attributes: Readonly<Record<string, string>>): Topic {
    const isFifo = attributes['FifoTopic'] === 'true';
    if (!(isFifo ? FIFO_NAME : TOPIC_NAME).test(name)) throw invalidParameter('Topic Name');
    const unknown = Object.keys(attributes).find((attribute) => !ATTRIBUTES.includes(attribute));
    if (unknown !== undefined) throw invalidParameter(`Attributes Reason: the local SNS does not support ${unknown}`);
    const arn = arnOf('sns', name);
    const existing = this.#topics.get(arn);
    if (existing !== undefined) {
      const isSame = Object.entries(attributes).every(([attribute, value]) => existing.attributes[attribute] === value);
      if (isSame) return existing;
      throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
    }
    const topic = this.#add(arn, attributes);
    this.keep(topic);
    return topic;
  }

  delete(arn: string): void {
    this.#store.delete(`topic/${arn}`);
    this.#topics.delete(arn);
  }

  /** @throws {ServiceError} NotFound */
  subscription(arn: string): Subscription {
    const [found] = this.all().flatMap(({ subscriptions }) => subscriptions.get(arn) ?? []);
    if (found === undefined) throw new ServiceError('NotFound', 'Subscription does not exist', 404);
    return found;
  }
}
