import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Logger } from 'pino';
import { type EventSourceMapping, streams } from '../../resources.js';
import type { CheckpointFile } from '../sources/event-source/checkpoints.js';
import { EventSource } from '../sources/event-source/event-source.js';
import { DeliveryStream } from './delivery-stream.js';

export interface ArchiverOptions {
  kinesis: KinesisClient;
  store: Pick<ObjectStore, 'put'>;
  logger: Logger;
  /** Size at which a file is written, bytes before compression. Default 1 MiB; Firehose allows 1 to 128 MiB. */
  fileBytes?: number;
  /** Progress in each stream. A file of the archive is written before its progress is saved. Default: none is kept. */
  checkpoints?: Readonly<Record<ArchivedKind, CheckpointFile>>;
  /** Longest time from a file's first record to its write, ms. Default 5,000; Firehose allows 15 minutes. */
  fileMs?: number;
}

/** Slow polling saves CPU for others; files are written only every few seconds anyway. */
const POLL_MS = 250;

/**
 * Local Firehose: writes the records of the swipes and decisions streams to the archive, in the same files and folders.
 * At least once: after a restart it goes on from its checkpoints. {@link EventSource} handles shards and resharding.
 */
export class Archiver {
  readonly #deliveries: DeliveryStream[] = [];
  readonly #sources: EventSource[] = [];

  /** Starts reading. Rejects with errors of the SDK, e.g. if a stream does not exist. */
  static async start(options: ArchiverOptions): Promise<Archiver> {
    const { kinesis, logger } = options;
    const archiver = new Archiver();
    try {
      for (const kind of ['swipes', 'decisions'] as const) {
        const checkpoints = options.checkpoints?.[kind];
        const onClosed = () => {
          const text = checkpoints?.current.text;
          return async () => checkpoints?.save(text);
        };
        const delivery = new DeliveryStream(kind, { fileBytes: 1_048_576, fileMs: 5_000, ...options, onClosed });
        archiver.#deliveries.push(delivery);
        archiver.#sources.push(
          await EventSource.start({
            kinesis,
            mapping: mappingOf(kind),
            handler: (event) => delivery.take(event),
            onFailure: async () => undefined,
            logger,
            ...(checkpoints === undefined ? {} : { checkpoints: checkpoints.current }),
            pollMs: POLL_MS,
          }),
        );
      }
    } catch (error) {
      await Promise.all(archiver.#sources.map((source) => source.stop()));
      throw error;
    }
    return archiver;
  }

  /** Resolves when the store holds everything on the streams at the call. Rejects with errors of the store. */
  async drain(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.drain()));
    await this.#flush();
  }

  /** Stops reading and writes what was read. Rejects with errors of the store. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    await this.#flush();
  }

  async #flush(): Promise<void> {
    await Promise.all(this.#deliveries.map((delivery) => delivery.flush()));
  }
}

/** Retries without limit: Firehose gives up no record, however long its bucket is unavailable. */
function mappingOf(kind: ArchivedKind): EventSourceMapping {
  return {
    functionName: `archive-${kind}`,
    stream: streams[kind].name,
    batchSize: 500,
    maximumBatchingWindowMs: 0,
    maximumRetryAttempts: Number.MAX_SAFE_INTEGER,
    bisectBatchOnFunctionError: false,
    functionTimeoutMs: 300_000,
  };
}
