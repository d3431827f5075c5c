import { Decision, DoorEventRecord, SwipeMessage } from '@swipegate/contract';

/** Kinds of archived data; each has a folder. */
export type ArchivedKind = 'swipes' | 'decisions';

export interface ArchivedColumn {
  member: string;
  /** In Athena. */
  type: 'string' | 'bigint' | 'boolean';
}

/**
 * Columns of each kind: the members of the documents on the stream. Door events share the swipes stream. Their
 * `receivedAt` is RFC 3339, that of swipes is ms since the epoch; a string column can hold both.
 */
export const ARCHIVED: Readonly<Record<ArchivedKind, readonly ArchivedColumn[]>> = {
  swipes: [
    ...columnsOf(SwipeMessage.properties).map(
      (column): ArchivedColumn => (column.member === 'receivedAt' ? { ...column, type: 'string' } : column),
    ),
    ...columnsOf(DoorEventRecord.properties).filter(({ member }) => !(member in SwipeMessage.properties)),
  ],
  decisions: columnsOf(Decision.properties),
};

/** The column's name in SQL: lower case, as in Athena. */
export function columnName({ member }: ArchivedColumn): string {
  return member.toLowerCase();
}

/** Folder of the files whose oldest record arrived on the stream in this hour: KIND/day=2026-11-25/08/, in UTC. */
export function archiveFolder(kind: ArchivedKind, arrivedAt: Date): string {
  const instant = arrivedAt.toISOString();
  return `${dayFolder(kind, instant.slice(0, 10))}${instant.slice(11, 13)}/`;
}

/** Key prefix of a day's files. @param day such as 2026-11-25 */
export function dayFolder(kind: ArchivedKind, day: string): string {
  return `${kind}/day=${day}/`;
}

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

function columnsOf(properties: Readonly<Record<string, object>>): ArchivedColumn[] {
  return Object.entries(properties).map(([member, schema]) => {
    const type: unknown = Reflect.get(schema, 'type');
    return { member, type: type === 'integer' ? 'bigint' : type === 'boolean' ? 'boolean' : 'string' };
  });
}
