import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Row } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { scanPages } from '@swipegate/aws/pages';
import { compile, hasExpired, instantOfKey, keyInstant, Place, placeKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { presenceOf } from '@swipegate/lambdas/stores/presence';
import type { TablePair } from './target-tables.js';

/** Row counts of a live table and its rebuilt copy. */
export interface TableComparison {
  live: number;
  rebuilt: number;
  /** Live rows that were not rebuilt. */
  missing: number;
  /** Rebuilt rows that are not live. */
  extra: number;
  /** Rows with the same key and different members. */
  different: number;
  /** Live rows that are missing or behind in the rebuilt table, and whose last decision is later than the archive. */
  notYetArchived: number;
  /** Rows in only one table that the other may have expired: old decisions, presence of unknown cards. */
  expired: number;
}

export interface Example {
  table: keyof TablePair;
  kind: 'missing' | 'extra' | 'different';
  key: Record<string, string>;
  members: string[];
}

export interface Comparison {
  equal: boolean;
  decisions: TableComparison;
  presence: TableComparison;
  /** The first few wrong rows. */
  examples: Example[];
}

export interface CompareOptions {
  live: TablePair;
  rebuilt: TablePair;
  /**
   * RFC 3339: decisions from then on may not be archived yet. Default: the time of the newest rebuilt decision, which
   * cannot tell a truncated archive from one that is merely behind.
   */
  archivedUntil?: string | undefined;
  /** ms since the epoch. */
  nowMs: number;
}

const isPlace = compile(Place);
const MOST_EXAMPLES = 10;
/** Compared members of presence rows. version, outbox, expiresAt and forgiveness do not follow from decisions. */
const PRESENCE_MEMBERS = ['sequence', 'employeeId', 'inside', 'movedAt', 'buildingKey', 'placeKey'];
const KEYS: Readonly<Record<keyof TablePair, readonly string[]>> = {
  decisions: ['swipeKey', 'cardId'],
  presence: ['cardKey'],
};

/**
 * Compares rebuilt tables with the live ones, row by row in both directions. The live ones may be in use. One page is
 * in memory at a time. Rejects with the error of the SDK.
 */
export async function compare(dynamodb: DynamoDBClient, options: CompareOptions): Promise<Comparison> {
  const { live, rebuilt, nowMs } = options;
  const examples: Example[] = [];
  const decisions = new TableCompare('decisions', examples, nowMs);
  const presence = new TableCompare('presence', examples, nowMs);
  let newest = '';
  for await (const rows of scanPages(dynamodb, rebuilt.decisions)) {
    for (const row of rows) {
      const decidedAt = decidedAtOf('decisions', row);
      if (decidedAt > newest) newest = decidedAt;
    }
    decisions.rebuiltPage(rows, await decisions.counterparts(dynamodb, live.decisions, rows));
  }
  for await (const rows of scanPages(dynamodb, rebuilt.presence)) {
    presence.rebuiltPage(rows, await presence.counterparts(dynamodb, live.presence, rows));
  }
  const archivedUntil = keyInstant(options.archivedUntil ?? (newest === '' ? nowMs : newest));
  for await (const rows of scanPages(dynamodb, live.decisions)) {
    decisions.livePage(rows, await decisions.counterparts(dynamodb, rebuilt.decisions, rows), archivedUntil);
  }
  for await (const rows of scanPages(dynamodb, live.presence)) {
    presence.livePage(rows, await presence.counterparts(dynamodb, rebuilt.presence, rows), archivedUntil);
  }
  const wrong = [decisions, presence].map(({ result: { missing, extra, different } }) => missing + extra + different);
  const equal = wrong.every((rows) => rows === 0);
  return { equal, decisions: decisions.result, presence: presence.result, examples };
}

class TableCompare {
  readonly result: TableComparison = {
    live: 0,
    rebuilt: 0,
    missing: 0,
    extra: 0,
    different: 0,
    notYetArchived: 0,
    expired: 0,
  };
  readonly #table: keyof TablePair;
  readonly #examples: Example[];
  readonly #nowMs: number;

  constructor(table: keyof TablePair, examples: Example[], nowMs: number) {
    this.#table = table;
    this.#examples = examples;
    this.#nowMs = nowMs;
  }

  /** Rows of the other table with the same keys. */
  async counterparts(dynamodb: DynamoDBClient, tableName: string, rows: readonly Row[]): Promise<Map<string, Row>> {
    const keys = rows.map((row) => ({ tableName, key: this.#keyOf(row) }));
    const found = (await batchGet(dynamodb, keys)).get(tableName) ?? [];
    return new Map(found.map((row) => [this.#nameOf(row), row]));
  }

  rebuiltPage(rows: readonly Row[], live: ReadonlyMap<string, Row>): void {
    for (const row of rows) {
      this.result.rebuilt += 1;
      if (live.has(this.#nameOf(row))) continue;
      // The live table expires rows of unknown cards, and decisions do not say which cards were unknown.
      const mayHaveGone = this.#table === 'presence' ? row['employeeId'] === undefined : hasExpired(row, this.#nowMs);
      if (mayHaveGone) this.result.expired += 1;
      else this.#wrong('extra', row, []);
    }
  }

  livePage(rows: readonly Row[], rebuilt: ReadonlyMap<string, Row>, archivedUntil: string): void {
    for (const row of rows) {
      this.result.live += 1;
      const other = rebuilt.get(this.#nameOf(row));
      const members = other === undefined ? [] : this.#differences(row, other);
      if (other !== undefined && members.length === 0) continue;
      if (this.#mayComeYet(row, other) && decidedAtOf(this.#table, row) >= archivedUntil)
        this.result.notYetArchived += 1;
      else if (other === undefined && hasExpired(row, this.#nowMs)) this.result.expired += 1;
      else this.#wrong(other === undefined ? 'missing' : 'different', row, members);
    }
  }

  #wrong(kind: Example['kind'], row: Row, members: string[]): void {
    this.result[kind] += 1;
    if (this.#examples.length < MOST_EXAMPLES) {
      this.#examples.push({ table: this.#table, kind, key: this.#keyOf(row), members });
    }
  }

  #differences(live: Row, rebuilt: Row): string[] {
    if (this.#table === 'presence') return differing(PRESENCE_MEMBERS, live, asOldAs(live, rebuilt));
    const [one, other] = [unfolded(live), unfolded(rebuilt)];
    return differing(new Set([...Object.keys(one), ...Object.keys(other)]), one, other);
  }

  /** Whether the archive may still be behind: a decision never changes, but a card may have newer decisions. */
  #mayComeYet(row: Row, other: Row | undefined): boolean {
    if (other === undefined) return true;
    return this.#table === 'presence' && String(row['sequence']) > String(other['sequence']);
  }

  #keyOf(row: Row): Record<string, string> {
    return Object.fromEntries(KEYS[this.#table].map((name) => [name, String(row[name])]));
  }

  #nameOf(row: Row): string {
    return JSON.stringify(this.#keyOf(row));
  }
}

function differing(members: Iterable<string>, a: Row, b: Row): string[] {
  return Array.from(members).filter((member) => canonical(a[member]) !== canonical(b[member]));
}

/** A rebuilt presence row, without the reader of the last move if the live row is from before readers were stored. */
function asOldAs({ inside: live }: Row, rebuilt: Row): Row {
  const { inside } = rebuilt;
  if (!isPlace(live) || live.readerId !== undefined || !isPlace(inside)) return rebuilt;
  const { readerId: _, direction: __, ...place } = inside;
  return { ...rebuilt, inside: place, placeKey: placeKey(place) };
}

/** A decisions row with the members of its JSON attribute, so that differences can name them. */
function unfolded({ decision, ...row }: Row): Row {
  const members = jsonAttribute(decision);
  return typeof members === 'object' ? { ...row, ...members } : { ...row, decision };
}

/** Time of a live row's last decision (of a card: the last in its outbox), RFC 3339 in UTC; empty if unknown. */
function decidedAtOf(table: keyof TablePair, row: Row): string {
  if (table === 'decisions') return instantOfKey(String(row['decidedKey']));
  return presenceOf(row)?.outbox.at(-1)?.decidedAt ?? '';
}

/** Serialises a value independently of the order of its members. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
