import { Decision, DoorEventRecord, SwipeMessage } from '@swipegate/contract';

/** What is archived: a folder each. */
export type ArchivedKind = 'swipes' | 'decisions';

/** A column: the member of the JSON document that it shows, and its type, as Athena calls it. */
export interface ArchivedColumn {
  member: string;
  type: 'string' | 'bigint' | 'boolean';
}

/**
 * Columns of each kind: the members of what is on the stream. Door events travel on the swipes stream as well, and have `kind`
 * and members of their own. Their `receivedAt` is RFC 3339, that of swipes milliseconds since the epoch: as a string it is
 * neither's error.
 */
export const ARCHIVED: Readonly<Record<ArchivedKind, readonly ArchivedColumn[]>> = {
  swipes: [
    ...columnsOf(SwipeMessage.properties).map((column): ArchivedColumn => {
      return column.member === 'receivedAt' ? { ...column, type: 'string' } : column;
    }),
    ...columnsOf(DoorEventRecord.properties).filter(({ member }) => !(member in SwipeMessage.properties)),
  ],
  decisions: columnsOf(Decision.properties),
};

/** A column's name in SQL: lower case, whatever the JSON's, as Athena has it. */
export function columnName({ member }: ArchivedColumn): string {
  return member.toLowerCase();
}

/** Folder of the files whose oldest record came on the stream in this hour: KIND/day=2026-11-25/08/, in UTC. */
export function archiveFolder(kind: ArchivedKind, arrivedAt: Date): string {
  const instant = arrivedAt.toISOString();
  return `${dayFolder(kind, instant.slice(0, 10))}${instant.slice(11, 13)}/`;
}

/** What the keys of a day's files begin with. @param day such as 2026-11-25 */
export function dayFolder(kind: ArchivedKind, day: string): string {
  return `${kind}/day=${day}/`;
}

function columnsOf(properties: Readonly<Record<string, object>>): ArchivedColumn[] {
  return Object.entries(properties).map(([member, schema]) => {
    const type: unknown = Reflect.get(schema, 'type');
    return { member, type: type === 'integer' ? 'bigint' : type === 'boolean' ? 'boolean' : 'string' };
  });
}
