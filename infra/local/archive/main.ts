import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { openArchive } from '@swipegate/commands/open-archive';
import { pino } from 'pino';
import { serveChild } from '../processes/child-side.js';
import { Archiver } from './archiver.js';

/**
 * Local Firehose, a child process of infra/local. Answers `{type: 'drain'}` with `{type: 'drained'}` once everything that is on
 * the streams is archived, with a `reason` if that failed. On stop it writes what it has read.
 */
async function main(): Promise<void> {
  const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler({}) });
  const { store, close } = openArchive(process.env, true);
  const archiver = await Archiver.start({ kinesis, store, logger: pino({ base: { service: 'archiver' } }) });
  serveChild({
    ready: {},
    onStop: async () => {
      await archiver.stop();
      kinesis.destroy();
      close();
    },
    onMessage: (message) => {
      if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'drain') return;
      void archiver.drain().then(
        () => process.send?.({ type: 'drained' }),
        (error: unknown) => process.send?.({ type: 'drained', reason: String(error) }),
      );
    },
  });
}

await main().catch((error: unknown) => {
  // Message only: a stack trace would hide the reason from the user.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
