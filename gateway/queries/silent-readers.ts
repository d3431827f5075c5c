import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { compile, Reader, ReaderId, type SilentReader, type SiteKind, tenantKey } from '@swipegate/contract';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryAll } from '@swipegate/http/query-rows';
import Type from 'typebox';

export interface SilentReadersRequest {
  minutes: number;
  limit: number;
  cursor: string | undefined;
  nowMs: number;
}

/** Reads a page of silent readers. Rejects with a CursorError or the SDK's error. */
export type SilentReaders = (
  tenantId: string,
  request: SilentReadersRequest,
) => Promise<{ items: SilentReader[]; nextCursor?: string }>;

const READERS: SiteKind = 'readers';
const isReader = compile(Reader);
const isPosition = compile(Type.Object({ after: ReaderId }, { additionalProperties: false }));

/** Sorted by readerId. Each page reads all readers of the tenant, some kilobytes. */
export function silentReaders(
  dynamodb: DynamoDBClient,
  tables: { TABLE_SITE: string; TABLE_READER_CONTACTS: string },
): SilentReaders {
  return async (tenantId, { minutes, limit, cursor, nowMs }) => {
    const list = JSON.stringify(['silent-readers', minutes]);
    const after = cursor === undefined ? '' : decodeCursor(cursor, list, isPosition).after;
    const [readers, contacts] = await Promise.all([
      queryAll(dynamodb, { tableName: tables.TABLE_SITE, key: ['siteKey', tenantKey(tenantId, READERS)] }),
      queryAll(dynamodb, { tableName: tables.TABLE_READER_CONTACTS, key: ['tenantId', tenantId] }),
    ]);
    const heardAt = new Map(contacts.map((row) => [String(row['readerId']), String(row['heardAt'])]));
    const silent = readers
      .map((row): unknown => row)
      .filter((row) => isReader(row))
      .map(({ readerId, door, buildingId }): SilentReader => {
        return { readerId, door, buildingId, heardAt: heardAt.get(readerId) ?? null };
      })
      .filter((reader) => reader.readerId > after && isSilent(reader, nowMs - minutes * 60_000))
      .sort((a, b) => (a.readerId < b.readerId ? -1 : 1));
    const items = silent.slice(0, limit);
    const last = silent.length > limit ? items.at(-1) : undefined;
    return { items, ...(last && { nextCursor: encodeCursor(list, { after: last.readerId }) }) };
  };
}

function isSilent({ heardAt }: SilentReader, sinceMs: number): boolean {
  return heardAt === null || Date.parse(heardAt) <= sinceMs;
}
