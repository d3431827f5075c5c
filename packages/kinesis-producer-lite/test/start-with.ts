import type { KinesisProducerOptions, Settings } from '../api/options.js';
import { KinesisProducer } from '../producer.js';
import type { Transport } from '../send/transport.js';
import type { SpoolFiles } from '../spool/segment.js';
import { startParts } from '../start-parts.js';

/** Like `KinesisProducer.start`, with another connection to Kinesis or another file system. */
export async function startWith(
  options: KinesisProducerOptions,
  connect?: (settings: Settings) => Transport,
  files?: SpoolFiles,
): Promise<KinesisProducer> {
  const producer: KinesisProducer = Reflect.construct(KinesisProducer, [await startParts(options, connect, files)]);
  return producer;
}
