import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { type Decision, decisionRow, expiresAt } from '@swipegate/contract';
import { swipeKeyOf } from '@swipegate/lambdas/decide/records/keys';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Days } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import { presenceRow } from '@swipegate/lambdas/stores/presence';
import { archivedDecisions } from './archived-decisions.js';
import { PresenceFold, readersOf, type SiteOf } from './presence-fold.js';
import { checkTargets, type LiveTables, type TablePair } from './target-tables.js';

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
  live: LiveTables;
  /** Days of the archive. Default: all, because presence depends on the whole past. */
  days?: Days;
  /** Retention of decisions in days, as in decide. */
  keepDays: number;
  /** ms since the epoch: decisions that have expired by then are left out. */
  nowMs: number;
  /** Placements by the back office, in stream order per card. */
  placements?: Iterable<Placement> | AsyncIterable<Placement>;
}

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
  /** Readers that no longer exist in the site: their ways out count as leading outdoors. */
  goneReaders: readonly string[];
}

const ROWS_AT_ONCE = 500;

/**
 * Rebuilds the decisions and presence tables from the archive. Rows of decisions are identical, as are the members of
 * `PlacedCard`. Version and outbox start afresh, no row expires, and forgiveness is not archived. Memory holds one
 * file at a time and the data of {@link PresenceFold}. May take longer than the 15 minutes of a Lambda function. If it
 * fails, the targets are incomplete: delete them and start over.
 * @throws {TargetTableError} before anything is written; also `ArchiveFileError`, and what store and SDK throw
 */
export async function rebuild(parts: RebuildParts, options: RebuildOptions): Promise<Rebuilt> {
  const { dynamodb, store, siteOf } = parts;
  const { target, live, keepDays, nowMs, placements = [], days = {} } = options;
  await checkTargets(dynamodb, target, live);
  const result = { records: 0, written: 0, expired: 0, unreadable: 0 };
  const presence = new PresenceFold();
  for await (const placement of placements) presence.place(placement);

  // By key, because a batch write must not contain the same row twice.
  const pending = new Map<string, Decision>();
  const writePending = async (): Promise<void> => {
    const rows = Array.from(pending.values(), (each) => decisionRow(each, expiresAt(each.decidedAt, keepDays)));
    await batchWrite(dynamodb, target.decisions, rows);
    result.written += rows.length;
    pending.clear();
  };
  const unreadable = () => {
    result.unreadable += 1;
  };
  for await (const decision of archivedDecisions(store, days, unreadable)) {
    result.records += 1;
    presence.add(decision);
    if (expiresAt(decision.decidedAt, keepDays) * 1_000 <= nowMs) result.expired += 1;
    else pending.set(swipeKeyOf(decision), decision);
    if (pending.size >= ROWS_AT_ONCE) await writePending();
  }
  await writePending();

  const { readerOf, gone } = await readersOf(presence.decisions(), siteOf);
  const cards = Array.from(presence.cards(readerOf));
  for (const piece of piecesOf(cards, ROWS_AT_ONCE)) {
    const rows = piece.map((card) => presenceRow({ ...card, version: 1, outbox: [] }));
    await batchWrite(dynamodb, target.presence, rows);
  }
  return { ...result, cards: cards.length, goneReaders: gone };
}
