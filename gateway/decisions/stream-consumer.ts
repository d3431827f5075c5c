import { setTimeout as delay } from 'node:timers/promises';
import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  RegisterStreamConsumerCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';

export class ConsumerError extends Error {
  override readonly name = 'ConsumerError';
  readonly code = 'CONSUMER_NOT_ACTIVE';
}

const CHECKS = 120;

/**
 * Registers a consumer for enhanced fan-out, or reuses the one with this name. Waits until it is active and returns its
 * ARN. Each process needs its own consumer: two processes that share one end each other's subscriptions.
 * @throws {ConsumerError} if the consumer is not active after {@link CHECKS} checks, or the SDK's error
 */
export async function registerConsumer(
  kinesis: KinesisClient,
  streamName: string,
  consumerName: string,
  checkMs = 500,
): Promise<string> {
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
  const consumer = { StreamARN: StreamDescriptionSummary?.StreamARN, ConsumerName: consumerName };
  for (let check = 0; check < CHECKS; check++) {
    if (check > 0) await delay(checkMs);
    const found = await describe(kinesis, consumer);
    if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) return found.ConsumerARN;
    // While a previous process's consumer is being deleted, wait until it is gone, then register again.
    if (found === undefined) await register(kinesis, consumer);
  }
  throw new ConsumerError(`The consumer ${consumerName} of the stream ${streamName} did not become active.`);
}

interface ConsumerKey {
  StreamARN: string | undefined;
  ConsumerName: string;
}

async function describe(kinesis: KinesisClient, consumer: ConsumerKey) {
  try {
    return (await kinesis.send(new DescribeStreamConsumerCommand(consumer))).ConsumerDescription;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function register(kinesis: KinesisClient, consumer: ConsumerKey): Promise<void> {
  try {
    await kinesis.send(new RegisterStreamConsumerCommand(consumer));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

export async function deregisterConsumer(kinesis: KinesisClient, consumerArn: string): Promise<void> {
  await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: consumerArn }));
}
