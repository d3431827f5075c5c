import type { ArchivedKind } from './layout.js';

/** First day of the archive: no swipe is older. */
const FIRST_DAY = '2026-01-01';

/**
 * Firehose prefix of archive files (see `archiveFolder`), by the arrival time of their oldest record.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
export function archivePrefix(kind: ArchivedKind): string {
  return `${kind}/day=!{timestamp:yyyy-MM-dd}/!{timestamp:HH}/`;
}

/**
 * Table parameters that let Athena compute folders from a query's `day`, so that no folder needs to be registered.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export function partitionProjection(location: string): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.day.type': 'date',
    'projection.day.format': 'yyyy-MM-dd',
    'projection.day.range': `${FIRST_DAY},NOW`,
    'projection.day.interval': '1',
    'projection.day.interval.unit': 'DAYS',
    'storage.location.template': `${location}day=\${day}/`,
  };
}
