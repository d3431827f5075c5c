import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { EmbeddedLines, type MetricsRead } from './embedded-line.js';

/**
 * Writes the gateway's metrics to stdout in CloudWatch's embedded metric format, if the configuration sets a namespace.
 * CloudWatch Logs turns such lines into metrics without an API call
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * @param read reads the metrics of all processes of the gateway
 * @returns a function that writes a last line and stops
 */
export function embedMetrics(config: Config, logger: Logger, read: () => Promise<MetricsRead>): () => Promise<void> {
  const { EMF_NAMESPACE: namespace, EMF_INTERVAL_MS: everyMs } = config;
  if (namespace === undefined) return async () => undefined;
  const lines = new EmbeddedLines(namespace);
  const write = async (): Promise<void> => {
    try {
      // Shares stdout with the logger: CloudWatch recognises these lines by their `_aws` member.
      process.stdout.write(`${lines.next(await read())}\n`);
    } catch (error) {
      logger.warn({ err: error }, 'metrics could not be written');
    }
  };
  const timer = setInterval(() => void write(), everyMs);
  return async () => {
    clearInterval(timer);
    await write();
  };
}
