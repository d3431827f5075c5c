import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { type Decision, decisionRow, expiresAt } from '@swipegate/contract';
import { swipeKeyOf } from '@swipegate/lambdas/decide/records/keys';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Days } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import { presenceRow } from '@swipegate/lambdas/stores/presence';
import { archivedDecisions } from './archived-decisions.js';
import { type PlacedCard, PresenceFold, readersOf, type SiteOf } from './presence-fold.js';
import { checkTargets, type TablePair } from './target-tables.js';

export interface RebuildParts {
  dynamodb: DynamoDBClient;
  store: ObjectStore;
  /** Returns the site of a tenant with these readers, whose outer zones are needed. */
  siteOf: SiteOf;
}

export interface RebuildOptions {
  /** Must exist and be empty. */
  target: TablePair;
  /** Must differ from the target. */
  live: TablePair;
  /** Days of the archive. Default: all, because presence depends on the whole past. */
  days?: Days;
  /** Retention of decisions in days, as in decide. */
  keepDays: number;
  /** ms since the epoch: decisions that have expired by then are left out. */
  nowMs: number;
  /** Placements by the back office, in stream order per card. */
  placements?: Iterable<Placement> | AsyncIterable<Placement>;
}

/** Counts of a rebuild. */
export interface Rebuilt {
  /** Decisions that were read, duplicates included. */
  records: number;
  /** Rows that were written to the decisions table; duplicates may count twice. */
  written: number;
  /** Decisions too old for the table. */
  expired: number;
  /** Lines of the archive that are not decisions. */
  unreadable: number;
  /** Rows of the presence table. */
  cards: number;
  /** Readers that no longer exist in the site: their ways out are taken to lead outdoors. */
  goneReaders: readonly string[];
}

const ROWS_AT_ONCE = 500;

/**
 * Rebuilds the decisions and presence tables from the archive. Rows of decisions are identical. Of presence rows, the
 * members that follow from decisions are: sequence, employeeId, inside, movedAt. Version and outbox start afresh, no
 * row expires, and forgiveness by operators is not archived.
 *
 * Memory holds one file at a time and, for each card, its last grant and the history after it. This is a command
 * because it may take longer than the 15 minutes of a Lambda function. If it fails, the targets are incomplete:
 * delete them and start over.
 *
 * @throws {TargetTableError} before anything is written; also `ArchiveFileError`, and what store and SDK throw
 */
export async function rebuild(parts: RebuildParts, options: RebuildOptions): Promise<Rebuilt> {
  const { dynamodb, store, siteOf } = parts;
  const { target, live, keepDays, nowMs, placements = [], days = {} } = options;
  await checkTargets(dynamodb, target, live);
  const result = { records: 0, written: 0, expired: 0, unreadable: 0, cards: 0 };
  const presence = new PresenceFold();
  for await (const placement of placements) presence.place(placement);

  const write = async (decisions: ReadonlyMap<string, Decision>): Promise<void> => {
    const rows = Array.from(decisions.values(), (decision) =>
      decisionRow(decision, expiresAt(decision.decidedAt, keepDays)),
    );
    await batchWrite(dynamodb, target.decisions, rows);
    result.written += rows.length;
  };
  // By key, because a batch write must not contain the same row twice.
  let pending = new Map<string, Decision>();
  const unreadable = () => {
    result.unreadable += 1;
  };
  for await (const decision of archivedDecisions(store, days, unreadable)) {
    result.records += 1;
    presence.add(decision);
    if (expiresAt(decision.decidedAt, keepDays) * 1_000 <= nowMs) result.expired += 1;
    else pending.set(swipeKeyOf(decision), decision);
    if (pending.size < ROWS_AT_ONCE) continue;
    await write(pending);
    pending = new Map();
  }
  await write(pending);

  const { readerOf, gone } = await readersOf(presence.decisions(), siteOf);
  let rows: PlacedCard[] = [];
  for (const card of presence.cards(readerOf)) {
    rows.push(card);
    if (rows.length < ROWS_AT_ONCE) continue;
    result.cards += await writePresence(dynamodb, target.presence, rows);
    rows = [];
  }
  result.cards += await writePresence(dynamodb, target.presence, rows);
  return { ...result, goneReaders: gone };
}

async function writePresence(dynamodb: DynamoDBClient, tableName: string, cards: readonly PlacedCard[]) {
  const rows = cards.map((card) => presenceRow({ ...card, version: 1, outbox: [] }));
  await batchWrite(dynamodb, tableName, rows);
  return rows.length;
}
