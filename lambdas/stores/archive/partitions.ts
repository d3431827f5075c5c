import type { ArchivedKind } from './layout.js';

/** First day of the archive; before it nothing was swiped. */
const FIRST_DAY = '2026-01-01';

/**
 * Where Firehose puts files: `archiveFolder`, by when their oldest record came.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
export function archivePrefix(kind: ArchivedKind): string {
  return `${kind}/day=!{timestamp:yyyy-MM-dd}/!{timestamp:HH}/`;
}

/**
 * Table parameters by which Athena computes the folders that a query's `day` names, instead of being told of each.
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
