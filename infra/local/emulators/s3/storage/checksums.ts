import { ServiceError } from '../../protocol/service-error.js';
import type { Blob } from './blobs.js';

/** Checksums that are computed here, and the header that tells each. */
const COMPUTED = {
  'x-amz-checksum-crc32': ({ crc32 }: Blob) => crc32,
  'x-amz-checksum-sha1': ({ sha1 }: Blob) => sha1,
  'x-amz-checksum-sha256': ({ sha256 }: Blob) => sha256,
  'content-md5': ({ md5 }: Blob) => Buffer.from(md5, 'hex').toString('base64'),
};

/**
 * Holds what was stored against the checksums that came with it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 *
 * @param told by header or trailer
 * @throws {ServiceError} BadDigest
 */
export function checkChecksums(blob: Blob, told: (name: string) => string | undefined): void {
  for (const [name, compute] of Object.entries(COMPUTED)) {
    const value = told(name);
    if (value !== undefined && value !== compute(blob)) {
      throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}
