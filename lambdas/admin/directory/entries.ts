import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  AccessLevel,
  Building,
  compile,
  Device,
  Lockdown,
  OperatorKey,
  Reader,
  Schedule,
  Tenant,
  Zone,
} from '@swipegate/contract';
import type { EntryName } from '../../stores/changes/entries.js';
import { readCards } from './cards.js';
import { findEmployee } from './employees.js';
import { readSiteRow } from './site-rows.js';

const IS_ROW = {
  tenant: compile(Tenant),
  buildings: compile(Building),
  zones: compile(Zone),
  devices: compile(Device),
  'operator-keys': compile(OperatorKey),
  'access-levels': compile(AccessLevel),
  schedules: compile(Schedule),
  readers: compile(Reader),
  lockdowns: compile(Lockdown),
} as const;

/** Reads an entry that a change writes. Rejects with an SDK error. @returns undefined if it does not exist */
export async function readEntry(
  dynamodb: DynamoDBClient,
  tables: Readonly<Record<'TABLE_CARDS' | 'TABLE_EMPLOYEES' | 'TABLE_SITE', string>>,
  tenantId: string,
  { kind, id }: EntryName,
): Promise<object | undefined> {
  if (kind === 'card') return (await readCards(dynamodb, tables.TABLE_CARDS, tenantId, [id])).get(id);
  if (kind === 'employee') return findEmployee(dynamodb, tables.TABLE_EMPLOYEES, tenantId, id);
  const row = await readSiteRow(dynamodb, tables.TABLE_SITE, tenantId, kind, id);
  return IS_ROW[kind](row) ? row : undefined;
}
