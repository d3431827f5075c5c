import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ArchivedKind } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Logger } from 'pino';
import { type EventSourceMapping, streams } from '../../resources.js';
import { EventSource } from '../sources/event-source/event-source.js';
import { DeliveryStream } from './delivery-stream.js';

export interface ArchiverOptions {
  kinesis: KinesisClient;
  store: Pick<ObjectStore, 'put'>;
  logger: Logger;
  /** A file is written when it has so many bytes before compression. Default 1 MiB. Firehose takes 1 to 128. */
  fileBytes?: number;
  /** … or so long after its first record, ms. Default 5,000. Firehose takes up to 15 minutes. */
  fileMs?: number;
}

const DEFAULT_FILE_BYTES = 1_048_576;
const DEFAULT_FILE_MS = 5_000;
/** Nobody waits for what is to lie for seconds; on one machine each read takes CPU from those for whom somebody does. */
const POLL_MS = 250;

/**
 * What Firehose is on AWS: follows the streams of swipes and decisions from their beginnings, and writes what was put on them
 * into the archive, the same files in the same folders. At least once: one that is started anew begins at the beginning.
 *
 * It reads as the local Lambda service does, which knows of shards, their ends and their children already.
 */
export class Archiver {
  readonly #deliveries: readonly DeliveryStream[];
  readonly #sources: readonly EventSource[];

  private constructor(deliveries: readonly DeliveryStream[], sources: readonly EventSource[]) {
    this.#deliveries = deliveries;
    this.#sources = sources;
  }

  /** @throws what the SDK throws where a stream cannot be found */
  static async start({ kinesis, store, logger, fileBytes, fileMs }: ArchiverOptions): Promise<Archiver> {
    const options = { store, logger, fileBytes: fileBytes ?? DEFAULT_FILE_BYTES, fileMs: fileMs ?? DEFAULT_FILE_MS };
    const deliveries: DeliveryStream[] = [];
    const sources: EventSource[] = [];
    try {
      for (const kind of ['swipes', 'decisions'] as const) {
        const delivery = new DeliveryStream(kind, options);
        deliveries.push(delivery);
        sources.push(
          await EventSource.start({
            kinesis,
            mapping: mappingOf(kind),
            handler: (event) => delivery.take(event),
            onFailure: async () => undefined,
            logger,
            pollMs: POLL_MS,
          }),
        );
      }
    } catch (error) {
      await Promise.all(sources.map((source) => source.stop()));
      throw error;
    }
    return new Archiver(deliveries, sources);
  }

  /** Resolves when all that was on the streams when it was called is in the store. Rejects with what the store says. */
  async drain(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.drain()));
    await this.#flush();
  }

  /** Reads no more, and writes what was read. Rejects with what the store says. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    await this.#flush();
  }

  async #flush(): Promise<void> {
    await Promise.all(this.#deliveries.map((delivery) => delivery.flush()));
  }
}

/** Firehose gives up nothing of a stream, however long its bucket is away. */
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
