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

const CHECK_MS = 500;
const CHECKS = 120;

/**
 * Registers a consumer with enhanced fan-out, or takes the one that is there by this name, and waits until it is active. A
 * consumer belongs to one process: with two, each ends the other's subscriptions.
 *
 * @param checkMs from one look at its state to the next; default 500
 * @returns its ARN
 * @throws {ConsumerError} when it does not become active within a minute, and what the SDK throws
 */
export async function registerConsumer(
  kinesis: KinesisClient,
  streamName: string,
  consumerName: string,
  checkMs = CHECK_MS,
): Promise<string> {
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
  const consumer = { StreamARN: StreamDescriptionSummary?.StreamARN, ConsumerName: consumerName };
  for (let check = 0; check < CHECKS; check++) {
    if (check > 0) await delay(checkMs);
    const found = await describe(kinesis, consumer);
    if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) return found.ConsumerARN;
    // One that is still being deleted, by the process before this one, must be gone before it can be registered anew.
    if (found === undefined) await register(kinesis, consumer);
  }
  throw new ConsumerError(`The consumer ${consumerName} of the stream ${streamName} does not become active.`);
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
