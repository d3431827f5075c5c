import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { seededRandom } from '@swipegate/contract/values/random';
import { Population } from '../people/population.js';
import { castOf, playable } from '../readers/cast.js';
import { Retries } from '../readers/channel/posting.js';
import { DecisionFeeds } from '../readers/decision-feeds.js';
import { Doors } from '../readers/doors.js';
import { type Equipment, equip } from '../readers/equipment.js';
import type { VirtualReader } from '../readers/virtual-reader.js';
import { byOutcome, type RunResult } from '../report/result/run-result.js';
import { Agenda } from '../schedule/agenda.js';
import { shareOfTrace } from '../schedule/trace.js';
import { Oracle, type PastAnswer } from '../verify/oracle.js';
import { reconcile } from '../verify/reconcile.js';
import { SiteChanges } from '../verify/site-changes.js';
import { Tables } from '../verify/tables.js';
import { ScenarioVisitors } from '../visitors/scenario-visitors.js';
import { TraceVisitors } from '../visitors/trace-visitors.js';
import type { VisitorEvents, Visitors } from '../visitors/visitors.js';
import { GeneratorDelay } from './generator-delay.js';
import type { LoadWorkerOptions, LoadWorkerProgress } from './load-worker-messages.js';
import { Surroundings } from './surroundings.js';
import { SwipeTracker } from './swipe-tracker.js';
import { workerResult } from './worker-result.js';

const TICK_MS = 1_000;
const OPENED_AT_ONCE = 100;
/** A swipe is overdue this long after it was accepted without a decision, ms. */
const OVERDUE_MS = 5_000;

/**
 * One thread's share of a run, with its own people, readers, connections and ledger. Results of workers merge exactly.
 *
 *     visitors ──visit──> reader ──posting──> channel ──> gateway
 *        │                                                  │ answer, decision feed
 *        └── agenda (when)                                  ▼
 *                               oracle, ledger, recorder <── tracker
 */
export class LoadWorker {
  readonly #options: LoadWorkerOptions;
  readonly #tables: Tables;
  readonly #unjudgedZones: ReadonlySet<string>;
  readonly #agenda = new Agenda();
  readonly #delay = new GeneratorDelay();
  readonly #tracker: SwipeTracker;
  readonly #equipment: Equipment;
  readonly #feeds: DecisionFeeds;
  readonly #surroundings: Surroundings;
  readonly #visitors: Visitors;
  /** By cardId. */
  readonly #answersBefore = new Map<string, PastAnswer>();
  #phase: LoadWorkerProgress['phase'] = 'warming up';
  #startMs = Number.POSITIVE_INFINITY;
  #startedAt = new Date(0);
  #gaveUp = false;

  private constructor(options: LoadWorkerOptions, tables: Tables, oracle: Oracle) {
    const { site, keys, scenario, worker, rate, warmUpMs, durationMs, trace } = options;
    const target = new URL(options.target);
    const random = seededRandom(options.seed + worker.index);
    const agenda = this.#agenda;
    this.#options = options;
    this.#tables = tables;
    this.#unjudgedZones = oracle.unjudgedZones;
    this.#tracker = new SwipeTracker({
      oracle,
      patienceMs: options.swipePatienceMs,
      onAccepted: ({ body, entry }) => this.#surroundings.hostile.remember(body, entry.swipe.readerId),
    });
    const { recorder } = this.#tracker;
    const candidates = playable(site, keys, oracle.unjudgedZones);
    const cast = trace === undefined ? castOf(candidates, options.readers, worker) : candidates;
    const retries = new Retries({ agenda, events: this.#tracker, random });
    const equipment = equip({ target, keys, cast, settings: scenario.readers, agenda, retries, random });
    const { readers } = equipment;
    this.#equipment = equipment;
    const shared = { target, site, keys, scenario, agenda, recorder, random };
    this.#surroundings = new Surroundings({ ...shared, candidates, equipment });
    const whereIs = (cardId: string) => oracle.whereIs(cardId);
    const events: VisitorEvents<VirtualReader> = {
      due: (dueMs, nowMs) => this.#due(dueMs, nowMs),
      skipped: () => recorder.skipped(),
      onVisit: (visit, reader, dueMs) => this.#tracker.visit(visit, reader, dueMs),
    };
    this.#visitors =
      trace !== undefined
        ? new TraceVisitors({ trace: shareOfTrace(trace, worker), readers, agenda, events })
        : new ScenarioVisitors({
            scenario,
            course: { warmUpMs, durationMs },
            rate: rate / worker.of,
            agenda,
            doors: new Doors(site, readers, scenario.buildings, random),
            population: new Population({ site, worker, exceptCards: new Set(options.exceptCards), whereIs, random }),
            random,
            hostile: () => this.#surroundings.hostile.draw(),
            events,
          });
    this.#feeds = new DecisionFeeds({
      target,
      keys,
      readerIds: new Set(readers.map(({ reader }) => reader.readerId)),
      onDecision: (decision) => this.#tracker.deliver(decision, true),
    });
  }

  /** Loads where people are, since the site may have been in use before, and opens decision feeds and connections. */
  static async prepare(options: LoadWorkerOptions, dynamodb: DynamoDBClient, signal: AbortSignal): Promise<LoadWorker> {
    const { site, decisionsTable, presenceTable, changesTable } = options;
    const names = { decisions: decisionsTable, presence: presenceTable, changes: changesTable };
    const tables = new Tables(dynamodb, site.tenantId, names);
    const presence = await tables.presence(site.cards.map(({ cardId }) => cardId));
    const worker = new LoadWorker(options, tables, new Oracle(site, { presence }));
    for (const [cardId, { entry }] of presence) if (entry !== undefined) worker.#answersBefore.set(cardId, entry);
    await worker.#feeds.opened(signal);
    await worker.#connect();
    return worker;
  }

  get readers(): number {
    return this.#equipment.readers.length;
  }

  /** Runs to the schedule's end or `stop`, then verifies. @param startMs end of the warm-up, ms of performance.now() */
  async run(startMs: number): Promise<RunResult> {
    const { decisionPatienceMs, recordFile } = this.#options;
    const { ledger, recorder } = this.#tracker;
    this.#startMs = startMs;
    this.#startedAt = new Date(Date.now() + startMs - performance.now());
    recorder.begin(startMs, performance.now());
    const tick = setInterval(() => this.#tick(performance.now()), TICK_MS);
    try {
      this.#agenda.at(startMs, () => {
        if (this.#phase === 'warming up') this.#phase = 'swiping';
      });
      this.#surroundings.begin();
      this.#visitors.begin(startMs);
      await this.#visitors.done;
      const endedMs = performance.now();
      this.#phase = 'settling';
      this.#surroundings.stop();
      await this.#tracker.allAnswered();
      await this.#feeds.quiet(() => ledger.undelivered === 0, Math.min(OVERDUE_MS, decisionPatienceMs));
      this.#tick(performance.now() + TICK_MS);
      this.#phase = 'reconciling';
      if (recordFile !== undefined) await ledger.appendTo(recordFile);
      return await this.#result(endedMs);
    } finally {
      clearInterval(tick);
      this.#agenda.close();
      this.#surroundings.hostile.close();
      for (const connection of this.#equipment.connections) connection.close();
      await this.#feeds.close();
      await ledger.close();
    }
  }

  /** Stops new visits. Swipes in flight are still settled. */
  stop(): void {
    this.#visitors.stop();
  }

  progress(): LoadWorkerProgress {
    const { recorder, ledger, inFlight } = this.#tracker;
    const { counts, ack, decision, outcomes, seconds } = recorder;
    return {
      phase: this.#phase,
      counts: { ...counts },
      inFlight,
      overdue: ledger.overdue(performance.now() - OVERDUE_MS),
      generatorDelayMs: this.#delay.takeRecent(),
      invalidBecause: this.#invalidBecause(),
      ack: ack.fromDue.percentiles(),
      decision: decision.fromDue.percentiles(),
      outcomes: byOutcome((outcome) => Object.fromEntries(outcomes[outcome])),
      second: seconds.at(-1),
    };
  }

  /** Connects before people arrive, as real readers do; in groups smaller than a socket's backlog. */
  async #connect(): Promise<void> {
    const { connections } = this.#equipment;
    for (let i = 0; i < connections.length; i += OPENED_AT_ONCE) {
      await Promise.all(connections.slice(i, i + OPENED_AT_ONCE).map((connection) => connection.open()));
    }
  }

  #due(dueMs: number, nowMs: number): void {
    this.#tracker.recorder.due(nowMs);
    this.#delay.record(nowMs - dueMs, dueMs >= this.#startMs);
    if (this.#delay.isHopeless && !this.#gaveUp) {
      this.#gaveUp = true;
      this.stop();
    }
  }

  #tick(nowMs: number): void {
    for (const connection of this.#equipment.connections) connection.checkTimeout(nowMs);
    this.#surroundings.hostile.checkTimeout(nowMs);
    this.#tracker.recorder.roll(nowMs);
    if (this.#tracker.ledger.error !== undefined) this.stop();
  }

  #invalidBecause(): string[] {
    const { error } = this.#tracker.ledger;
    return [
      ...(this.#gaveUp ? ['the generator fell seconds behind its schedule and stopped'] : []),
      ...this.#delay.complaints(),
      ...(error === undefined ? [] : [error.message]),
    ];
  }

  /** Reconciles the swipes. */
  async #result(endedMs: number): Promise<RunResult> {
    const { site, worker, rate, warmUpMs, decisionPatienceMs } = this.#options;
    const changes = new SiteChanges(await this.#tables.changes(new Date(this.#startedAt.getTime() - warmUpMs)), site);
    const reconciliation = await reconcile(this.#tracker.ledger, {
      readDecisions: (swipes) => this.#tables.decisions(swipes, (swipe) => changes.cardIdsOf(swipe)),
      isUnjudged: (swipe) => changes.concern(swipe),
      answersBefore: this.#answersBefore,
      patienceMs: decisionPatienceMs,
    });
    return workerResult(this.#options, {
      startedAt: this.#startedAt,
      lastedMs: endedMs - this.#startMs,
      readers: this.readers,
      part: {
        shard: `${worker.index + 1}/${worker.of}`,
        rate: rate / worker.of,
        unjudgedZones: Array.from(this.#unjudgedZones),
      },
      recorder: this.#tracker.recorder,
      delay: this.#delay,
      invalidBecause: this.#invalidBecause(),
      reconciliation,
    });
  }
}
