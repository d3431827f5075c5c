import {
  type Consumer,
  DeregisterStreamConsumerCommand,
  type KinesisClient,
  ListStreamConsumersCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kinesis';
import type { Logger } from 'pino';
import { pause, within } from './tail.js';

/** Tag of a consumer: when its gateway was last seen, epoch ms. */
const SEEN = 'swipegate:seen';
const RENEW_MS = 60_000;
const GONE_AFTER_MS = 600_000;
/** Renewals from one removal to the next. */
const REMOVE_EVERY = 10;

export interface RegisteredConsumer {
  streamArn: string;
  consumerArn: string;
}

export interface ConsumerLeaseOptions {
  kinesis: KinesisClient;
  logger: Logger;
  /** Time between renewals, ms. Default 60,000. */
  renewMs?: number | undefined;
}

/**
 * Says each minute, in a tag of this gateway's consumer, that the gateway lives, and removes the consumers of gateways
 * that said nothing for ten minutes: a gateway that died could not deregister, and a stream allows twenty consumers.
 * Consumers without the tag are not touched. A gateway whose consumer was removed by mistake registers it again.
 */
export class ConsumerLease {
  readonly #options: ConsumerLeaseOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #hasFailed = false;

  /** @param consumer returns this gateway's consumer, which changes when it is registered again */
  constructor(options: ConsumerLeaseOptions, consumer: () => RegisteredConsumer) {
    this.#options = options;
    this.#running = this.#run(consumer);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(consumer: () => RegisteredConsumer): Promise<void> {
    const { kinesis, logger, renewMs = RENEW_MS } = this.#options;
    const { signal } = this.#stopping;
    /** Renewals without a failure in between. */
    let renewals = 0;
    while (!signal.aborted) {
      const { streamArn, consumerArn } = consumer();
      try {
        const renewal = new TagResourceCommand({ ResourceARN: consumerArn, Tags: seenNow() });
        await kinesis.send(renewal, within(signal));
        renewals += 1;
        this.#hasFailed = false;
        // Not with the first: at the end of an outage, living gateways need a minute to say so.
        if (renewals % REMOVE_EVERY === 2) {
          await removeGone(kinesis, { streamArn, ownArn: consumerArn, signal, logger });
        }
      } catch (error) {
        renewals = 0;
        if (!signal.aborted && !this.#hasFailed) {
          logger.warn({ err: error, consumerArn }, 'the consumer cannot be tagged: another gateway may remove it');
        }
        this.#hasFailed = true;
      }
      await pause(renewMs, signal);
    }
  }
}

/** Tags of a consumer whose gateway lives. */
export function seenNow(): Record<string, string> {
  return { [SEEN]: String(Date.now()) };
}

interface Removal {
  streamArn: string;
  ownArn?: string;
  signal: AbortSignal | undefined;
  logger: Logger;
  /** Removes none if the stream has fewer consumers. Default 0. */
  atLeast?: number;
}

/** Deregisters the consumers of gateways that are gone. A fault is logged. */
export async function removeGone(
  kinesis: KinesisClient,
  { streamArn, ownArn, signal, logger, atLeast = 0 }: Removal,
): Promise<void> {
  try {
    const consumers = await listConsumers(kinesis, streamArn, signal);
    if (consumers.length < atLeast) return;
    for (const { ConsumerARN, ConsumerName } of consumers) {
      if (ConsumerARN === undefined || ConsumerARN === ownArn) continue;
      if (signal?.aborted) return;
      try {
        const seenMs = await lastSeenMs(kinesis, ConsumerARN, signal);
        if (seenMs === undefined || Date.now() - seenMs <= GONE_AFTER_MS) continue;
        await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }), within(signal));
        logger.warn({ consumer: ConsumerName, seenMs }, 'removed the consumer of a gateway that is gone');
      } catch (error) {
        // Another gateway may have removed it, or it is not a gateway's.
        logger.debug({ err: error, consumer: ConsumerName }, 'a consumer cannot be removed');
      }
    }
  } catch (error) {
    if (!signal?.aborted) logger.warn({ err: error }, 'the consumers of the decisions stream cannot be listed');
  }
}

/** Epoch ms of the last renewal; undefined for a consumer without the tag. */
async function lastSeenMs(
  kinesis: KinesisClient,
  ResourceARN: string,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { Tags = [] } = await kinesis.send(new ListTagsForResourceCommand({ ResourceARN }), within(signal));
  const seenMs = Number(Tags.find(({ Key }) => Key === SEEN)?.Value ?? Number.NaN);
  return Number.isNaN(seenMs) ? undefined : seenMs;
}

async function listConsumers(
  kinesis: KinesisClient,
  streamArn: string,
  signal: AbortSignal | undefined,
): Promise<Consumer[]> {
  const consumers: Consumer[] = [];
  let token: string | undefined;
  do {
    const request = new ListStreamConsumersCommand({ StreamARN: streamArn, NextToken: token });
    const page = await kinesis.send(request, within(signal));
    consumers.push(...(page.Consumers ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return consumers;
}
