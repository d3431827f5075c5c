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
  /** Size at which a file is written, bytes before compression. Default 1 MiB; Firehose allows 1 to 128 MiB. */
  fileBytes?: number;
  /** Time after its first record at which a file is written at the latest, ms. Default 5,000; Firehose allows 15 minutes. */
  fileMs?: number;
}

const DEFAULT_FILE_BYTES = 1_048_576;
const DEFAULT_FILE_MS = 5_000;
/** Slow polling saves CPU for the processes that people wait for; files are written only every few seconds anyway. */
const POLL_MS = 250;

/**
 * Local stand-in for Firehose: reads the streams of swipes and decisions from the beginning and writes their records to the
 * archive, with the same files and folders. At least once: after a restart it starts from the beginning again.
 *
 * It reads through {@link EventSource}, which already handles shards and resharding.
 */
export class Archiver {
  readonly #deliveries: readonly DeliveryStream[];
  readonly #sources: readonly EventSource[];

  private constructor(deliveries: readonly DeliveryStream[], sources: readonly EventSource[]) {
    this.#deliveries = deliveries;
    this.#sources = sources;
  }

  /** Starts reading. Rejects with errors of the SDK, e.g. if a stream does not exist. */
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

  /** Resolves when everything that was on the streams at the call is in the store. Rejects with errors of the store. */
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
