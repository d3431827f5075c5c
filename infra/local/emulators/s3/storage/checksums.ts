import { ServiceError } from '../../protocol/service-error.js';
import type { Blob } from './blobs.js';

/** Supported checksums, by header. */
const COMPUTED = {
  'x-amz-checksum-crc32': ({ crc32 }: Blob) => crc32,
  'x-amz-checksum-sha1': ({ sha1 }: Blob) => sha1,
  'x-amz-checksum-sha256': ({ sha256 }: Blob) => sha256,
  'content-md5': ({ md5 }: Blob) => Buffer.from(md5, 'hex').toString('base64'),
};

/**
 * Compares stored data with the checksums of its request
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 *
 * @param sent returns the value of a header, trailer or form field
 * @throws {ServiceError} BadDigest
 */
export function checkChecksums(blob: Blob, sent: (name: string) => string | undefined): void {
  for (const [name, compute] of Object.entries(COMPUTED)) {
    const value = sent(name);
    if (value !== undefined && value !== compute(blob)) {
      throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}
