import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BUCKETS } from '@swipegate/contract';
import { archiveBucket } from '@swipegate/lambdas/stores/archive/environment';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { S3ObjectStore } from '@swipegate/lambdas/stores/archive/s3-object-store';
import { OptionError } from './local-cloud.js';

/**
 * The archive that the environment names, for a command, and the event store of the back office beside it. `close` lets go of
 * their connections.
 * @param isLocal the environment is a local cloud's: then it must say where its S3 is, lest AWS be asked
 * @throws {OptionError} where a local cloud has no S3
 */
export function openArchive(
  env: Readonly<Record<string, string | undefined>>,
  isLocal: boolean,
): { store: ObjectStore; events: ObjectStore; close(): void } {
  if (isLocal && !env['AWS_ENDPOINT_URL_S3'] && !env['AWS_ENDPOINT_URL']) {
    throw new OptionError('The local cloud has no archive: its cloud.json names no AWS_ENDPOINT_URL_S3.');
  }
  // Names of buckets are no names of this machine.
  const s3 = new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: isLocal });
  const events = new S3ObjectStore(s3, env['EVENTS_BUCKET'] || BUCKETS.events);
  return { store: new S3ObjectStore(s3, archiveBucket(env)), events, close: () => s3.destroy() };
}
