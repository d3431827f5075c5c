import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Logger } from 'pino';
import { type QueueMapping, queues } from '../../../resources.js';
import { failedItems } from '../batch-item-failures.js';
import { type FunctionHandler, LocalFunction } from '../local-function.js';

export interface QueueSourceOptions {
  sqs: SQSClient;
  mapping: QueueMapping;
  handler: FunctionHandler<SQSEvent>;
  logger: Logger;
  onInvoked?(ms: number, succeeded: boolean): void;
}

/** Long-poll time of a receive, s: the maximum of SQS. */
const WAIT_SECONDS = 20;
const RETRY_MS = 500;

/**
 * Lambda's event source mapping of a queue (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html), one batch at a
 * time. Processed messages are deleted; failed ones are delivered again after their visibility timeout.
 */
export class QueueSource {
  readonly #options: QueueSourceOptions;
  readonly #stopping = new AbortController();
  readonly #lambda: LocalFunction<SQSEvent>;
  readonly #queue: { url: string; arn: string; region: string };
  readonly #running: Promise<void>;
  /** Time at which the oldest unprocessed received message was sent, epoch ms. */
  #waitingSince: number | undefined;

  private constructor(options: QueueSourceOptions, queue: { url: string; arn: string; region: string }) {
    const { functionName, timeoutMs } = options.mapping;
    this.#options = options;
    this.#queue = queue;
    this.#lambda = new LocalFunction(options.handler, { functionName, timeoutMs, region: queue.region });
    this.#running = this.#run();
  }

  /** Starts reading. Rejects with errors of the SDK, e.g. if the queue does not exist. */
  static async start(options: QueueSourceOptions): Promise<QueueSource> {
    const { sqs, mapping } = options;
    const { QueueUrl: url = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: queues[mapping.queue].name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return new QueueSource(options, { url, arn: Attributes?.QueueArn ?? '', region: await sqs.config.region() });
  }

  /** Age of the oldest received message that is not processed yet, ms; 0 once the queue was found empty. */
  get oldestAgeMs(): number {
    return this.#waitingSince === undefined ? 0 : Math.max(0, Date.now() - this.#waitingSince);
  }

  /** Resolves when the current invocation has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const messages = await this.#receive(signal);
        this.#waitingSince = oldestOf(messages);
        if (messages.length > 0) await this.#handOver(messages);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.logger.warn({ err: error, queue: this.#queue.url }, 'cannot read the queue; retrying');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #receive(abortSignal: AbortSignal): Promise<Message[]> {
    const { sqs, mapping } = this.#options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queue.url,
        MaxNumberOfMessages: mapping.batchSize,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal, requestTimeout: 2 * WAIT_SECONDS * 1_000 },
    );
    return Messages;
  }

  async #handOver(messages: readonly Message[]): Promise<void> {
    const { sqs, onInvoked } = this.#options;
    const beganMs = performance.now();
    const failed = await this.#invoke(messages);
    onInvoked?.(performance.now() - beganMs, failed.size === 0);
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    this.#waitingSince = oldestOf(messages.filter(({ MessageId = '' }) => failed.has(MessageId)));
    if (done.length === 0) return;
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#queue.url,
        Entries: done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
  }

  async #invoke(messages: readonly Message[]): Promise<ReadonlySet<string>> {
    const ids = messages.map(({ MessageId = '' }) => MessageId);
    try {
      return failedItems(ids, await this.#lambda.invoke(sqsEvent(messages, this.#queue)));
    } catch (error) {
      this.#options.logger.error({ err: error, function: this.#options.mapping.functionName }, 'function failed');
      return new Set(ids);
    }
  }
}

function oldestOf(messages: readonly Message[]): number | undefined {
  const sent = messages.map(({ Attributes }) => Number(Attributes?.SentTimestamp));
  return sent.length === 0 ? undefined : Math.min(...sent);
}

function sqsEvent(messages: readonly Message[], { arn, region }: { arn: string; region: string }): SQSEvent {
  return {
    Records: messages.map(
      ({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }): SQSRecord => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: {
          ...Attributes,
          ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
          SentTimestamp: Attributes.SentTimestamp ?? '0',
          SenderId: Attributes.SenderId ?? 'local',
          ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '0',
        },
        messageAttributes: {},
        md5OfBody: MD5OfBody,
        eventSource: 'aws:sqs',
        eventSourceARN: arn,
        awsRegion: region,
      }),
    ),
  };
}
