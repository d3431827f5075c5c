import { pino } from 'pino';
import { ConfigError, readConfig } from './config/config.js';
import { endProcess } from './process/end-process.js';
import { startGateway } from './process/gateway.js';

/** Starts a gateway from the environment; SIGTERM or SIGINT ends it gracefully with exit code 0. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = pino({ level: config.LOG_LEVEL, name: 'gateway', redact: ['req.headers.authorization'] });
  const gateway = await startGateway(config, logger);
  logger.info({ url: gateway.url }, 'listening');

  let stopping = false;
  const stop = (cause: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ cause }, 'shutting down');
    const tooLong = setTimeout(() => {
      logger.error('shutdown took too long; requests under way were cut off');
      endProcess(1);
    }, config.SHUTDOWN_TIMEOUT_MS);
    gateway.close().then(
      () => {
        clearTimeout(tooLong);
        logger.info('closed');
        endProcess(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'shutdown failed');
        endProcess(1);
      },
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  if (process.send === undefined) {
    process.once('SIGINT', () => stop('SIGINT'));
  } else {
    // Under a parent, Ctrl-C is the parent's to handle, and a parent that has died leaves no orphan.
    process.on('SIGINT', () => undefined);
    process.once('disconnect', () => stop('parent gone'));
    // It may have gone while this process was starting.
    if (!process.connected) return stop('parent gone');
    process.send({ type: 'ready', url: gateway.url });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explainStart(error)}\n`);
  process.exit(1);
});

function explainStart(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The gateway cannot start: ${error.message}. Set PORT to a free port, or stop what listens there.`;
  }
  return `The gateway cannot start: ${error.name}: ${error.message}`;
}
