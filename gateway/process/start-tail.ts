import { hostname } from 'node:os';
import type { Config } from '../config/config.js';
import { FanOutTail } from '../decisions/fan-out-tail.js';
import { PollingTail } from '../decisions/polling-tail.js';
import type { Tail, TailOptions } from '../decisions/tail.js';
import { fanOutKinesisClient, kinesisClient } from './aws-clients.js';

/** Starts the configured tail with its own Kinesis client. Rejects when the stream cannot be reached. */
export async function startTail(config: Config, options: Omit<TailOptions, 'kinesis' | 'streamName'>): Promise<Tail> {
  const isFanOut = config.DECISIONS_CONSUMER === 'fan-out';
  const kinesis = isFanOut ? fanOutKinesisClient(config) : kinesisClient(config);
  const stream = { ...options, kinesis, streamName: config.DECISIONS_STREAM };
  try {
    const tail = isFanOut
      ? await FanOutTail.start({ ...stream, consumerName: consumerName(config) })
      : await PollingTail.start({ ...stream, pollMs: config.DECISIONS_POLL_MS });
    return {
      get healthy() {
        return tail.healthy;
      },
      get behindMs() {
        return tail.behindMs;
      },
      async stop() {
        await tail.stop();
        kinesis.destroy();
      },
    };
  } catch (error) {
    kinesis.destroy();
    throw error;
  }
}

function consumerName({ DECISIONS_CONSUMER_NAME: name }: Config): string {
  return name ?? `swipegate-${hostname().replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}`.slice(0, 128);
}
