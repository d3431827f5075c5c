import { BUCKETS } from '@swipegate/contract';
import Type from 'typebox';

/** The only variable for reading or writing the archive. Region, endpoint and credentials come from the SDK. */
export const ArchiveSchema = Type.Object({
  ARCHIVE_BUCKET: Type.String({
    default: BUCKETS.archive,
    description: 'bucket of the archived swipes and decisions',
  }),
});

export function archiveBucket(env: Readonly<Record<string, string | undefined>>): string {
  return env['ARCHIVE_BUCKET'] || BUCKETS.archive;
}
