import { EnvironmentError } from '@swipegate/aws/environment';
import { readConfig } from './config/config.js';
import { endProcess, processLogger } from './process/entry-point.js';
import { startGateway } from './process/gateway.js';

/** Starts a gateway from environment variables. SIGTERM or SIGINT shuts it down gracefully with exit code 0. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = processLogger(config);
  const gateway = await startGateway(config, logger);
  const { close: _, ...urls } = gateway;
  logger.info(urls, 'listening');

  let stopping = false;
  const stop = (cause: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ cause }, 'shutting down');
    const timer = setTimeout(() => {
      logger.error('shutdown timed out; requests in flight were cut off');
      endProcess(1);
    }, config.SHUTDOWN_TIMEOUT_MS);
    gateway.close().then(
      () => {
        clearTimeout(timer);
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
    // As a child process: the parent handles Ctrl-C, and the gateway stops when the parent dies.
    process.on('SIGINT', () => undefined);
    process.once('disconnect', () => stop('parent gone'));
    // The parent may have died while this process was starting.
    if (!process.connected) return stop('parent gone');
    process.send({ type: 'ready', ...urls });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explainStart(error)}\n`);
  process.exit(1);
});

function explainStart(error: unknown): string {
  if (error instanceof EnvironmentError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The gateway cannot start: ${error.message}. Set PORT or DEVICE_PORT to a free port, or stop the process that uses it.`;
  }
  return `The gateway cannot start: ${'code' in error ? error.code : error.name}: ${error.message}`;
}
