import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchWriteIf, versionBefore, type WriteResult } from '@swipegate/aws/batch-write-if';
import { compile, Place, Timestamp } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { healedPresence, healPresence, type Presence, presenceOf, presenceRow, unexpired } from '../stores/presence.js';
import { type ZoneState, zoneRow, zoneStateOf } from '../stores/zone-state.js';
import type { ChangeApplyEnvironment } from './environment.js';

/** Place of a row's holder, and their last move. Without `inside` they are outdoors. */
const Whereabouts = Type.Object({ inside: Type.Optional(Place), movedAt: Type.Optional(Timestamp) });
export type Whereabouts = Type.Static<typeof Whereabouts>;
const isWhereabouts = compile(Whereabouts);

/** Effect of the last event on a presence row. Swipes leave it in the row, so that a repeat of the event finds it. */
export interface MoveMark {
  /** Position of the event. */
  position: string;
  /** `sequence` of the row at the event. */
  after: string;
  from: Whereabouts;
  to: Whereabouts;
}

/** A stored presence row. */
export interface MarkedPresence {
  /** Undefined if the row could not be read: the next read finds it healed. */
  presence: Presence | undefined;
  mark: MoveMark | undefined;
}

/** Rows that say where people are. */
export interface PlaceStore {
  /** @returns undefined if there is no row. Strongly consistent. */
  presence(cardKey: string): Promise<MarkedPresence | undefined>;
  /** Writes a row if the stored version is the one before; version 1 only if there is no row. */
  writePresence(presence: Presence, mark: MoveMark): Promise<WriteResult>;
  /** @returns undefined if the zone has no row, which then starts with the cards inside, or an unreadable one */
  zone(zoneKey: string): Promise<ZoneState | undefined>;
  /** Writes a row if the stored version is the one before. */
  writeZone(state: ZoneState): Promise<WriteResult>;
}

type Tables = Pick<ChangeApplyEnvironment, 'TABLE_PRESENCE' | 'TABLE_ZONE_STATE'>;

/** All methods reject with what the SDK throws. */
export function placeStore(dynamodb: DynamoDBClient, tables: Tables): PlaceStore {
  const { TABLE_PRESENCE, TABLE_ZONE_STATE } = tables;
  const write = async (tableName: string, row: Parameters<typeof batchWriteIf>[2][number]): Promise<WriteResult> => {
    const [result = 'overtaken'] = await batchWriteIf(dynamodb, tableName, [row]);
    return result;
  };
  return {
    async presence(cardKey) {
      const keys = [{ tableName: TABLE_PRESENCE, key: { cardKey } }];
      const row = (await batchGet(dynamodb, keys)).get(TABLE_PRESENCE)?.[0];
      if (row === undefined) return undefined;
      const presence = presenceOf(row);
      if (presence !== undefined) return { presence: unexpired(presence, Date.now()), mark: markOf(row) };
      await healPresence(dynamodb, TABLE_PRESENCE, { found: row, healed: healedPresence(row, Date.now()) });
      return { presence: undefined, mark: markOf(row) };
    },
    async writePresence(presence, mark) {
      const values = { ...presenceRow(presence), ...markRow(mark) };
      return write(TABLE_PRESENCE, {
        key: { cardKey: presence.cardKey },
        values,
        was: versionBefore(presence.version),
      });
    },
    async zone(zoneKey) {
      const keys = [{ tableName: TABLE_ZONE_STATE, key: { zoneKey } }];
      const row = (await batchGet(dynamodb, keys)).get(TABLE_ZONE_STATE)?.[0];
      return row && zoneStateOf(row);
    },
    async writeZone(state) {
      const { zoneKey, ...values } = zoneRow(state);
      return write(TABLE_ZONE_STATE, { key: { zoneKey }, values, was: versionBefore(state.version) });
    },
  };
}

function markRow({ position, after, from, to }: MoveMark) {
  return { movedBy: position, movedAfter: after, movedFrom: JSON.stringify(from), movedTo: JSON.stringify(to) };
}

function markOf(row: Readonly<Record<string, unknown>>): MoveMark | undefined {
  const { movedBy: position, movedAfter } = row;
  if (typeof position !== 'string') return undefined;
  const [from, to] = [jsonAttribute(row['movedFrom']), jsonAttribute(row['movedTo'])];
  const known = (value: unknown) => (isWhereabouts(value) ? value : {});
  return { position, after: String(movedAfter ?? ''), from: known(from), to: known(to) };
}
