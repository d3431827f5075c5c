import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readEnvironment } from '@swipegate/commands/query/environment';
import { s3Client } from '@swipegate/commands/s3-client';
import { S3ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { pino } from 'pino';
import { runChild, type ServedChild } from '../processes/child-side.js';
import { CheckpointFile } from '../sources/event-source/checkpoints.js';
import { Archiver } from './archiver.js';

/**
 * Local Firehose, a child process of infra/local: `node main.js [CHECKPOINTS_OF_SWIPES CHECKPOINTS_OF_DECISIONS]`.
 * On stop it writes the records that it has read.
 */
async function main([swipesFile, decisionsFile]: string[]): Promise<ServedChild> {
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  const s3 = s3Client(process.env, true);
  const isKept = swipesFile !== undefined && decisionsFile !== undefined;
  const archiver = await Archiver.start({
    kinesis,
    store: new S3ObjectStore(s3, readEnvironment(process.env).ARCHIVE_BUCKET),
    logger: pino({ base: { service: 'archiver' } }),
    ...(isKept && {
      checkpoints: {
        swipes: await CheckpointFile.open(swipesFile, false),
        decisions: await CheckpointFile.open(decisionsFile, false),
      },
    }),
  });
  return {
    ready: {},
    onDrain: async () => {
      await archiver.drain();
      return {};
    },
    onStop: async () => {
      await archiver.stop();
      kinesis.destroy();
      s3.destroy();
    },
  };
}

await runChild(() => main(process.argv.slice(2)));
