import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Decision, Site } from '../gateway/contract/index.js';
import { arrive } from './load/arrivals.js';
import { Crowd } from './people/crowd.js';
import { whoComes } from './people/who-comes.js';
import { DecisionFeeds } from './readers/decision-feeds.js';
import { VirtualReader } from './readers/virtual-reader.js';
import { Latency } from './report/latency.js';
import type { Progress, Report } from './report/report.js';
import { Ledger, type LedgerEntry } from './verify/ledger.js';
import { Oracle } from './verify/oracle.js';
import { type Reconciliation, reconcile } from './verify/reconcile.js';
import { Tables } from './verify/tables.js';

export interface RunOptions {
  target: URL;
  site: Site;
  /** API key by reader. */
  keys: Readonly<Record<string, string>>;
  dynamodb: DynamoDBClient;
  decisionsTable: string;
  presenceTable: string;
  /** Swipes a second of all readers together. */
  rate: number;
  /** Before the run proper the rate rises for this long, ms. These swipes count like all others, but are not timed. */
  warmUpMs: number;
  /** How many virtual readers; more than the site's readers share their names and keys. */
  readers: number;
  /** Cards that somebody else swipes: their holders are left alone. */
  exceptCards: ReadonlySet<string>;
  random: () => number;
  /** Ends the swiping; the account is settled after that. */
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** How long decisions may still come at the end, ms. Default 30,000. */
  decisionPatienceMs?: number;
}

const PROGRESS_MS = 1_000;
const OVERDUE_MS = 5_000;
/** How long a reader tries one swipe; a gateway that restarts is back sooner. */
const SWIPE_PATIENCE_MS = 30_000;
/** One in fifty people carries a card that nobody knows. */
const STRANGERS = 0.02;

/** Lets virtual readers swipe until the signal aborts, then holds every accepted swipe against its decision. */
export async function run(options: RunOptions): Promise<Report> {
  const simulation = await Simulation.prepare(options);
  return simulation.run();
}

class Simulation {
  readonly #options: RunOptions;
  readonly #tables: Tables;
  readonly #oracle: Oracle;
  readonly #crowd: Crowd;
  readonly #readers: VirtualReader[];
  readonly #ledger = new Ledger();
  readonly #ack = new Latency();
  readonly #decision = new Latency();
  readonly #underWay = new Set<Promise<void>>();
  readonly #counts = { skipped: 0, refused: 0, unanswered: 0, retries: 0 };
  readonly #problems = new Map<string, number>();
  #phase: Progress['phase'] = 'swiping';
  #timedFromMs = Number.POSITIVE_INFINITY;

  private constructor(options: RunOptions, tables: Tables, oracle: Oracle, crowd: Crowd, readers: VirtualReader[]) {
    this.#options = options;
    this.#tables = tables;
    this.#oracle = oracle;
    this.#crowd = crowd;
    this.#readers = readers;
  }

  /** Finds out where everybody is: the site may have been in use before. */
  static async prepare(options: RunOptions): Promise<Simulation> {
    const { site, dynamodb, decisionsTable, presenceTable, random } = options;
    const tables = new Tables(dynamodb, site.tenantId, { decisions: decisionsTable, presence: presenceTable });
    const known = site.cards.map(({ cardId }) => cardId).filter((cardId) => !options.exceptCards.has(cardId));
    const strangers = Array.from({ length: Math.ceil(known.length * STRANGERS) }, (_, i) => `stranger-${i + 1}`);
    const cardIds = [...known, ...strangers];
    const presence = await tables.presence(cardIds);
    const oracle = new Oracle(site, { presence });
    const crowd = new Crowd(random);
    for (const cardId of cardIds) crowd.add({ cardId }, oracle.whereIs(cardId));
    return new Simulation(options, tables, oracle, crowd, virtualReaders(options, oracle.unjudgedZones));
  }

  async run(): Promise<Report> {
    const { keys, target, signal, rate, warmUpMs, random, decisionPatienceMs = 30_000 } = this.#options;
    const startedMs = performance.now();
    const feeds = new DecisionFeeds({
      target,
      keys,
      readerIds: new Set(this.#readers.map(({ reader }) => reader.readerId)),
      onDecision: (decision) => this.#deliver(decision),
    });
    const progress = setInterval(() => this.#options.onProgress(this.#progress()), PROGRESS_MS);
    try {
      await feeds.opened(signal);
      this.#timedFromMs = performance.now() + warmUpMs;
      this.#options.onProgress(this.#progress());
      const { arrivals, worstDelayMs } = await arrive({
        ratePerSecond: rate,
        rampUpMs: warmUpMs,
        random,
        signal,
        onArrival: (dueMs) => this.#begin(dueMs),
      });
      this.#phase = 'settling';
      while (this.#underWay.size > 0) await Promise.all(this.#underWay);
      await feeds.quiet(() => this.#ledger.undelivered === 0, Math.min(OVERDUE_MS, decisionPatienceMs));
      this.#phase = 'reconciling';
      const account = await reconcile(this.#ledger, {
        readDecisions: (swipes) => this.#tables.decisions(swipes),
        patienceMs: decisionPatienceMs,
      });
      return this.#report(account, { arrivals, worstDelayMs, elapsedMs: performance.now() - startedMs });
    } finally {
      clearInterval(progress);
      await feeds.close();
      for (const reader of this.#readers) reader.close();
    }
  }

  #begin(dueMs: number): void {
    const { random } = this.#options;
    const reader = this.#readers[Math.floor(random() * this.#readers.length)];
    const visit = reader && whoComes(reader.reader, this.#crowd, random);
    if (reader === undefined || visit === undefined) {
      this.#counts.skipped += 1;
      return;
    }
    const swipe = {
      swipeId: randomUUID(),
      readerId: reader.reader.readerId,
      cardId: visit.person.cardId,
      readAt: new Date().toISOString(),
      ...(reader.reader.direction === 'both' ? { direction: visit.direction } : {}),
    };
    const entry = this.#ledger.sent(swipe, this.#oracle.expect(swipe), dueMs);
    const done = this.#swipe(reader, entry).then((answered) => {
      // Whether an unanswered swipe was decided, nobody here knows; so nobody knows where its holder is.
      if (answered) this.#crowd.release(visit.person, this.#oracle.whereIs(swipe.cardId));
      this.#underWay.delete(done);
    });
    this.#underWay.add(done);
  }

  async #swipe(reader: VirtualReader, entry: LedgerEntry): Promise<boolean> {
    const posted = await reader.post(entry.swipe);
    this.#counts.retries += posted.retries;
    if (posted.kind === 'refused' || posted.kind === 'unanswered') {
      this.#counts[posted.kind] += 1;
      const problem = `${posted.kind}: ${posted.reason}`;
      this.#problems.set(problem, (this.#problems.get(problem) ?? 0) + 1);
      return false;
    }
    const nowMs = performance.now();
    this.#ledger.accept(entry, nowMs);
    if (posted.kind === 'decided') this.#deliver(posted.decision);
    else if (!reader.waitsForDecision) this.#time(this.#ack, entry, nowMs);
    return true;
  }

  #deliver(decision: Decision): void {
    const entry = this.#ledger.deliver(decision);
    if (entry !== undefined) this.#time(this.#decision, entry, performance.now());
  }

  #time(latency: Latency, { dueMs }: LedgerEntry, nowMs: number): void {
    if (dueMs >= this.#timedFromMs) latency.record(nowMs - dueMs);
  }

  #progress(): Progress {
    return {
      type: 'progress',
      phase: this.#phase,
      readers: this.#readers.length,
      rate: this.#options.rate,
      accepted: this.#ledger.accepted,
      decided: this.#ledger.decided,
      inFlight: this.#underWay.size + this.#ledger.undelivered,
      overdue: this.#ledger.overdue(performance.now() - OVERDUE_MS),
      decisionP50Ms: this.#decision.percentile(50) ?? null,
      decisionP99Ms: this.#decision.percentile(99) ?? null,
    };
  }

  #report(
    account: Reconciliation,
    { arrivals, worstDelayMs, elapsedMs }: { arrivals: number; worstDelayMs: number; elapsedMs: number },
  ): Report {
    const { lost, duplicated, wrong, changed, reordered } = account;
    const faults = lost + duplicated + wrong + changed + reordered + this.#counts.refused + this.#counts.unanswered;
    const problems = Array.from(this.#problems, ([problem, count]) => `${count} × ${problem}`);
    return {
      ...account,
      ...this.#counts,
      ok: faults === 0 && account.accepted > 0,
      readers: this.#readers.length,
      rate: this.#options.rate,
      warmUpMs: this.#options.warmUpMs,
      elapsedMs: Math.round(elapsedMs),
      arrivals,
      ackP50Ms: this.#ack.percentile(50) ?? null,
      ackP99Ms: this.#ack.percentile(99) ?? null,
      decisionP50Ms: this.#decision.percentile(50) ?? null,
      decisionP99Ms: this.#decision.percentile(99) ?? null,
      generatorDelayMs: Math.round(worstDelayMs),
      unjudgedZones: Array.from(this.#oracle.unjudgedZones),
      examples: [...account.examples, ...problems].slice(0, 20),
    };
  }
}

/** Readers of the site in turn, as many as were asked for; none that leads into a zone of `except`. */
function virtualReaders(
  { site, keys, readers, target, random }: RunOptions,
  except: ReadonlySet<string>,
): VirtualReader[] {
  const equipped = site.readers.flatMap((reader) => {
    const key = keys[reader.readerId];
    const isJudged = !except.has(reader.zoneId) && !except.has(reader.outerZoneId ?? '');
    return key !== undefined && isJudged ? [{ reader, key }] : [];
  });
  return Array.from({ length: readers }, (_, i) => equipped[i % equipped.length]).flatMap((reader) =>
    reader === undefined ? [] : [new VirtualReader({ ...reader, target, patienceMs: SWIPE_PATIENCE_MS, random })],
  );
}
