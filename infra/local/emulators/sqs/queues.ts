import { randomUUID } from 'node:crypto';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { arnOf, LOCAL_ACCOUNT } from '../protocol/local-account.js';
import { ServiceError } from '../protocol/service-error.js';
import { Store } from '../protocol/store.js';
import { Queue } from './queue.js';
import {
  checkAttributes,
  invalidParameterValue,
  type QueueAttributes,
  redrivePolicyOf,
  withDefaults,
} from './queue-attributes.js';

const QUEUE_NAME = /^[\w-]{1,80}$/;
const FIFO_NAME = /^[\w-]{1,75}\.fifo$/;

const isSavedQueue = compile(Type.Object({ attributes: Type.Record(Type.String(), Type.String()) }));

/** Redrive of a dead-letter queue. */
interface MoveTask {
  handle: string;
  sourceArn: string;
  destinationArn: string | undefined;
  moved: number;
  startedAtMs: number;
}

export class Queues {
  readonly #now: () => number;
  readonly #queues = new Map<string, Queue>();
  readonly #tasks: MoveTask[] = [];

  readonly #store: Store;

  /** @param now clock, epoch ms @param store has the queues of an earlier start */
  constructor(now: () => number, store: Store = Store.none()) {
    this.#now = now;
    this.#store = store;
    for (const [name, row] of store.under('queue/')) if (isSavedQueue(row)) this.#add(name, row.attributes);
  }

  all(): Queue[] {
    return Array.from(this.#queues.values());
  }

  findByArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.split(':').at(-1) ?? '');
    return queue?.arn === arn ? queue : undefined;
  }

  /** @throws {ServiceError} QueueDoesNotExist */
  get(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  /**
   * Creates a queue, or returns the existing one with the same attributes.
   * @throws {ServiceError} QueueNameExists if it has others; InvalidParameterValue, InvalidAttributeName, InvalidAttributeValue
   */
  create(name: string, attributes: QueueAttributes): Queue {
    const isFifo = attributes['FifoQueue'] === 'true';
    if (!(isFifo ? FIFO_NAME : QUEUE_NAME).test(name)) {
      throw invalidParameterValue(
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; a FIFO queue ends in .fifo',
      );
    }
    this.#check(attributes, isFifo);
    const existing = this.#queues.get(name);
    if (existing !== undefined) {
      const has = withDefaults(existing.attributes);
      const differing = Object.entries(attributes).find(([attribute, value]) => has[attribute] !== value);
      if (differing === undefined) return existing;
      throw new ServiceError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${differing[0]}`,
      );
    }
    this.#store.put(`queue/${name}`, { attributes });
    return this.#add(name, attributes);
  }

  #add(name: string, attributes: QueueAttributes): Queue {
    const findQueue = (arn: string) => this.findByArn(arn);
    const [now, store] = [this.#now, this.#store];
    const queue = new Queue({ name, arn: arnOf('sqs', name), attributes, now, findQueue, store });
    this.#queues.set(name, queue);
    return queue;
  }

  /** @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue */
  setAttributes(queue: Queue, changed: QueueAttributes): void {
    if ((changed['FifoQueue'] ?? String(queue.isFifo)) !== String(queue.isFifo)) {
      throw new ServiceError('InvalidAttributeName', 'The attribute FifoQueue cannot be changed.');
    }
    const attributes = { ...queue.attributes, ...changed };
    this.#check(attributes, queue.isFifo);
    queue.attributes = attributes;
    this.#store.put(`queue/${queue.name}`, { attributes });
  }

  delete(queue: Queue): void {
    queue.close();
    queue.purge();
    this.#store.delete(`queue/${queue.name}`);
    this.#queues.delete(queue.name);
  }

  /**
   * Moves all visible messages of a dead-letter queue, with new ids, to their source queues or to the given queue; on AWS in
   * the background, here before the call returns
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html).
   * @throws {ServiceError} ResourceNotFoundException, InvalidParameterValue
   */
  startMoveTask(sourceArn: string, destinationArn: string | undefined): MoveTask {
    const source = this.findByArn(sourceArn) ?? notFound('SourceArn');
    const destination =
      destinationArn === undefined ? undefined : (this.findByArn(destinationArn) ?? notFound('DestinationArn'));
    if (!this.all().some(({ attributes }) => redrivePolicyOf(attributes)?.deadLetterTargetArn === sourceArn)) {
      throw invalidParameterValue('Source queue must be configured as a Dead Letter Queue.');
    }
    let moved = 0;
    for (const message of source.drain()) {
      const target = destination ?? this.findByArn(message.deadLetterSourceArn ?? '');
      if (target === undefined) {
        source.adopt(message);
        continue;
      }
      target.adopt({
        ...message,
        id: randomUUID(),
        sentAtMs: this.#now(),
        receiveCount: 0,
        firstReceivedAtMs: undefined,
        deadLetterSourceArn: undefined,
      });
      moved += 1;
    }
    const task = { handle: randomUUID(), sourceArn, destinationArn, moved, startedAtMs: this.#now() };
    this.#tasks.unshift(task);
    return task;
  }

  /** Redrives of a queue, latest first. */
  moveTasks(sourceArn: string): MoveTask[] {
    return this.#tasks.filter((task) => task.sourceArn === sourceArn);
  }

  /** Ends waiting receives. */
  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #check(attributes: QueueAttributes, isFifo: boolean): void {
    checkAttributes(attributes);
    const policy = redrivePolicyOf(attributes);
    if (policy === undefined) return;
    const target = this.findByArn(policy.deadLetterTargetArn);
    if (target?.isFifo !== isFifo) {
      const reason =
        target === undefined ? 'Dead letter target does not exist.' : 'It must be of the same type of queue.';
      throw invalidParameterValue(`Value for parameter RedrivePolicy is invalid. Reason: ${reason}`);
    }
  }
}

export function queueUrl(endpoint: string, { name }: Queue): string {
  return `${endpoint}/${LOCAL_ACCOUNT}/${name}`;
}

export function nameInUrl(url: string): string {
  return url.split('/').at(-1) ?? '';
}

function notFound(parameter: string): never {
  const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
  throw new ServiceError('ResourceNotFoundException', message, 404);
}
