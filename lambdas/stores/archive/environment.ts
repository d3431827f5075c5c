import { BUCKETS } from '@swipegate/contract';
import Type from 'typebox';

/** The one variable of whoever reads or writes the archive. Region, endpoint and credentials are the SDK's own. */
export const ArchiveSchema = Type.Object({
  ARCHIVE_BUCKET: Type.String({
    default: BUCKETS.archive,
    description: 'bucket that swipes and decisions are archived in',
  }),
});

export function archiveBucket(env: Readonly<Record<string, string | undefined>>): string {
  return env['ARCHIVE_BUCKET'] || BUCKETS.archive;
}
