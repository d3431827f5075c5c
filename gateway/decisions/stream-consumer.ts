import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  LimitExceededException,
  RegisterStreamConsumerCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { Logger } from 'pino';
import { type RegisteredConsumer, removeGone, seenNow } from './consumer-lease.js';
import { pause, within } from './tail.js';

export class ConsumerError extends Error {
  override readonly name = 'ConsumerError';
  readonly code = 'CONSUMER_NOT_ACTIVE';
}

const CHECKS = 120;
/** Refusals from one look for consumers of gateways that are gone to the next. */
const REMOVE_EVERY = 20;
/** Consumers that every stream allows. With fewer, a registration is refused because too many come at a time. */
const FULL = 20;

export interface ConsumerOptions {
  kinesis: KinesisClient;
  streamName: string;
  /** Unique to this process: two processes that share a consumer end each other's subscriptions. */
  consumerName: string;
  logger: Logger;
  /** Ends the registration. */
  signal?: AbortSignal;
}

/**
 * Registers a consumer for enhanced fan-out, or reuses the one with this name, and waits until it is active. A stream
 * allows twenty; if it has no room, the consumers of gateways that are gone are removed.
 * @throws {ConsumerError} if the consumer is not active after {@link CHECKS} checks, or the SDK's error
 */
export async function registerConsumer(
  { kinesis, streamName, consumerName, logger, signal }: ConsumerOptions,
  checkMs = 500,
): Promise<RegisteredConsumer> {
  const summary = new DescribeStreamSummaryCommand({ StreamName: streamName });
  const { StreamDescriptionSummary } = await kinesis.send(summary, within(signal));
  const streamArn = StreamDescriptionSummary?.StreamARN ?? '';
  const consumer = { StreamARN: streamArn, ConsumerName: consumerName };
  let full: LimitExceededException | undefined;
  let refusals = 0;
  for (let check = 0; check < CHECKS; check++) {
    if (check > 0) await pause(checkMs, signal);
    signal?.throwIfAborted();
    const found = await describe(kinesis, consumer, signal);
    if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) {
      return { streamArn, consumerArn: found.ConsumerARN };
    }
    if (found !== undefined) continue;
    // A previous process's consumer may still be in deletion. It is gone now.
    const refused = await register(kinesis, consumer, signal);
    if (refused !== undefined && refusals++ % REMOVE_EVERY === 0) {
      await removeGone(kinesis, { streamArn, signal, logger, atLeast: FULL });
    }
    full = refused;
  }
  const why =
    full === undefined ? 'did not become active' : 'cannot be registered: the stream has all consumers it may have';
  throw new ConsumerError(`The consumer ${consumerName} of the stream ${streamName} ${why}.`, { cause: full });
}

interface ConsumerKey {
  StreamARN: string;
  ConsumerName: string;
}

async function describe(kinesis: KinesisClient, consumer: ConsumerKey, signal: AbortSignal | undefined) {
  try {
    return (await kinesis.send(new DescribeStreamConsumerCommand(consumer), within(signal))).ConsumerDescription;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Returns the error if the stream has no room, or registers too many consumers at a time. */
async function register(
  kinesis: KinesisClient,
  consumer: ConsumerKey,
  signal: AbortSignal | undefined,
): Promise<LimitExceededException | undefined> {
  try {
    await kinesis.send(new RegisterStreamConsumerCommand({ ...consumer, Tags: seenNow() }), within(signal));
  } catch (error) {
    if (error instanceof LimitExceededException) return error;
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  return undefined;
}

export async function deregisterConsumer(kinesis: KinesisClient, consumerArn: string): Promise<void> {
  await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: consumerArn }), within(undefined));
}
