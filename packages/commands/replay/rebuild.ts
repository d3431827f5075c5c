import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { type Decision, decisionRow, expiresAt } from '@swipegate/contract';
import { swipeKeyOf } from '@swipegate/lambdas/decide/stores/store';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Days } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Placement } from '@swipegate/lambdas/stores/changes/placement';
import { presenceRow } from '@swipegate/lambdas/stores/presence/presence';
import { archivedDecisions } from './archived-decisions.js';
import { type PlacedCard, PresenceFold } from './presence-fold.js';
import { readersOf, type SiteOf } from './readers-of.js';
import { checkTargets, type TablePair } from './target-tables.js';

export interface RebuildParts {
  dynamodb: DynamoDBClient;
  store: ObjectStore;
  /** Of a tenant, with where the ways out of these readers lead. */
  siteOf: SiteOf;
}

export interface RebuildOptions {
  /** Must be there, and empty. */
  target: TablePair;
  /** Must not be the target. */
  live: TablePair;
  /** Of the archive. Default: all. Who is where hangs on all that was before. */
  days?: Days;
  /** As decide has it, days. */
  keepDays: number;
  /** ms since the epoch: decisions that the live table has let go by then are left out. */
  nowMs: number;
  /** Where the back office has put holders, each card's in the order of the stream. */
  placements?: Iterable<Placement> | AsyncIterable<Placement>;
}

/** What was rebuilt. */
export interface Rebuilt {
  /** Decisions that were read, as often as the archive has them. */
  records: number;
  /** Rows of the decisions table that were written; one that the archive has twice may count twice. */
  written: number;
  /** Decisions that are too old for the table. */
  expired: number;
  /** Lines of the archive that are no decisions. */
  unreadable: number;
  /** Rows of the presence table. */
  cards: number;
  /** Readers that the site has no longer: where their ways out led is not known, and taken to be outdoors. */
  goneReaders: readonly string[];
}

const ROWS_AT_ONCE = 500;

/**
 * Writes the tables of decisions and of who is where anew, from the archive. Rows of decisions are the very same. Of presence
 * rows, what follows from decisions is: sequence, employeeId, inside, movedAt. Version and outbox begin anew, no row expires,
 * and what operators have forgiven is not in the archive.
 *
 * In memory is a file at a time, and of each card its last grant and the history after it. It ends when the archive does, which
 * takes as long as it takes: so it is a command, and no Lambda function, whose time is up after 15 minutes. When it fails, the
 * targets hold a part: delete them, and begin anew.
 *
 * @throws {TargetTableError} before anything is written, `ArchiveFileError`, and what store and SDK throw
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
  // By key: one call must not name a row twice.
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
