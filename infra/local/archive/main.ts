import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { openArchive } from '@swipegate/commands/open-archive';
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
  const { store, close } = openArchive(process.env, true);
  const isKept = swipesFile !== undefined && decisionsFile !== undefined;
  const archiver = await Archiver.start({
    kinesis,
    store,
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
      close();
    },
  };
}

await runChild(() => main(process.argv.slice(2)));
