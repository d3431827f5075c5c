import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BUCKETS } from '@swipegate/contract';
import { archiveBucket } from '@swipegate/lambdas/stores/archive/layout';
import { type ObjectStore, S3ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { OptionError } from '@swipegate/terminal/options';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Creates the S3 client of a command. Without an endpoint in a local cloud's environment the command would reach AWS.
 * @throws {OptionError} when a local cloud has no S3
 */
export function s3Client(env: Environment, isLocal: boolean): S3Client {
  if (isLocal && !env['AWS_ENDPOINT_URL_S3'] && !env['AWS_ENDPOINT_URL']) {
    throw new OptionError('The local cloud has no buckets: AWS_ENDPOINT_URL_S3 is missing in its cloud.json.');
  }
  // Path style, because bucket names do not resolve as host names of this machine.
  return new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: isLocal });
}

/**
 * Opens the archive that the environment names, and the back office's event store. `close` closes their connections.
 * @throws {OptionError} like {@link s3Client}
 */
export function openArchive(
  env: Environment,
  isLocal: boolean,
): { store: ObjectStore; events: ObjectStore; close(): void } {
  const s3 = s3Client(env, isLocal);
  const events = new S3ObjectStore(s3, env['EVENTS_BUCKET'] || BUCKETS.events);
  return { store: new S3ObjectStore(s3, archiveBucket(env)), events, close: () => s3.destroy() };
}
