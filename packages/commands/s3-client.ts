import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OptionError } from '@swipegate/terminal/options';

/**
 * Creates the S3 client of a command. Without an endpoint in a local cloud's environment the command would reach AWS.
 * @throws {OptionError} when a local cloud has no S3
 */
export function s3Client(env: Readonly<Record<string, string | undefined>>, isLocal: boolean): S3Client {
  if (isLocal && !env['AWS_ENDPOINT_URL_S3'] && !env['AWS_ENDPOINT_URL']) {
    throw new OptionError('The local cloud has no buckets: AWS_ENDPOINT_URL_S3 is missing in its cloud.json.');
  }
  // Path style, because bucket names do not resolve as host names of this machine.
  return new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: isLocal });
}
