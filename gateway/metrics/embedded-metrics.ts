import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { EmbeddedLines, type MetricsRead } from './embedded-line.js';

/**
 * Writes the gateway's metrics to the log in CloudWatch's embedded metric format, where the configuration names a namespace.
 * CloudWatch Logs turns such lines into metrics without a call of ours
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * @param read all metrics of the gateway, of all its processes
 * @returns ends it, after a last line
 */
export function embedMetrics(config: Config, logger: Logger, read: () => Promise<MetricsRead>): () => Promise<void> {
  const { EMF_NAMESPACE: namespace, EMF_INTERVAL_MS: everyMs } = config;
  if (namespace === undefined) return async () => undefined;
  const lines = new EmbeddedLines(namespace);
  const tell = async (): Promise<void> => {
    try {
      // Beside the logger's own lines: CloudWatch knows these by their `_aws`.
      process.stdout.write(`${lines.next(await read())}\n`);
    } catch (error) {
      logger.warn({ err: error }, 'metrics could not be told');
    }
  };
  const timer = setInterval(() => void tell(), everyMs);
  return async () => {
    clearInterval(timer);
    await tell();
  };
}
