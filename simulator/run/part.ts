import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Decision } from '@swipegate/contract';
import { seededRandom } from '@swipegate/contract/values/random';
import type { Visit } from '../people/who-comes.js';
import { castOf, playable } from '../readers/cast.js';
import type { HttpConnection } from '../readers/channel/http-connection.js';
import type { Posting, PostingEvents } from '../readers/channel/posting.js';
import { Retries } from '../readers/channel/retries.js';
import { DecisionFeeds } from '../readers/decision-feeds.js';
import { type Equipment, equip } from '../readers/equipment.js';
import { swipeOfVisit } from '../readers/swipe-of-visit.js';
import type { VirtualReader } from '../readers/virtual-reader.js';
import type { LivePercentiles } from '../report/lines/live.js';
import { RunRecorder } from '../report/result/run-recorder.js';
import type { RunResult } from '../report/result/run-result.js';
import { Agenda } from '../schedule/agenda.js';
import { Ledger } from '../verify/ledger.js';
import { Oracle } from '../verify/oracle.js';
import { reconcile } from '../verify/reconcile.js';
import { recordSwipes } from '../verify/record-swipes.js';
import { SiteChanges } from '../verify/site-changes.js';
import { Tables } from '../verify/tables.js';
import type { Visitors } from '../visitors/visitors.js';
import { visitorsOf } from '../visitors/visitors-of.js';
import { GeneratorDelay } from './generator-delay.js';
import type { PartOptions } from './part-options.js';
import type { PartProgress } from './part-progress.js';
import { partResult } from './part-result.js';
import { Surroundings } from './surroundings.js';

const TICK_MS = 1_000;
const OPENED_AT_ONCE = 100;
/** A swipe is overdue this long after it was accepted without a decision, ms. */
const OVERDUE_MS = 5_000;

/**
 * One part of a run, with its own people, readers, connections and ledger of swipes. A single-threaded run has one part;
 * otherwise each thread of each machine has one, and their results merge exactly.
 *
 *     visitors ──visit──> reader ──posting──> channel ──> gateway
 *        │                                                  │ answer, decision feed
 *        └── agenda (when)          ledger <── oracle       ▼
 *                                      └────────────── recorder ──> result
 */
export class Part implements PostingEvents {
  readonly #options: PartOptions;
  readonly #tables: Tables;
  readonly #oracle: Oracle;
  readonly #ledger: Ledger;
  readonly #feeds: DecisionFeeds;
  readonly #agenda = new Agenda();
  readonly #recorder = new RunRecorder(() => this.#inFlight);
  readonly #delay = new GeneratorDelay();
  readonly #equipment: Equipment;
  readonly #visitors: Visitors;
  readonly #surroundings: Surroundings;
  readonly #underWay = new Set<Posting>();
  #phase: PartProgress['phase'] = 'warming up';
  #startMs = Number.POSITIVE_INFINITY;
  #startedAt = new Date(0);
  #gaveUp = false;
  #allAnswered: () => void = () => undefined;

  private constructor(options: PartOptions, tables: Tables, oracle: Oracle, ledger: Ledger) {
    const { site, keys, scenario, part } = options;
    const target = new URL(options.target);
    const random = seededRandom(options.seed + part.index);
    this.#options = options;
    this.#tables = tables;
    this.#oracle = oracle;
    this.#ledger = ledger;
    const agenda = this.#agenda;
    const candidates = playable(site, keys, oracle.unjudgedZones);
    const cast = options.trace === undefined ? castOf(candidates, options.readers, part) : candidates;
    const retries = new Retries({ agenda, events: this, random });
    const settings = scenario.readers;
    this.#equipment = equip({ target, keys, cast, settings, agenda, retries, events: this, random });
    const { readers } = this.#equipment;
    const { recorder, equipment } = { recorder: this.#recorder, equipment: this.#equipment };
    this.#surroundings = new Surroundings({
      target,
      site,
      keys,
      candidates,
      equipment,
      scenario,
      agenda,
      recorder,
      random,
    });
    this.#visitors = visitorsOf({
      options,
      readers,
      agenda,
      whereIs: (cardId) => oracle.whereIs(cardId),
      hostile: () => this.#surroundings.hostile.draw(),
      random,
      events: {
        due: (dueMs, nowMs) => this.#due(dueMs, nowMs),
        skipped: () => this.#recorder.skipped(),
        onVisit: (visit, reader, dueMs) => this.#visit(visit, reader, dueMs),
      },
    });
    this.#feeds = new DecisionFeeds({
      target,
      keys,
      readerIds: new Set(readers.map(({ reader }) => reader.readerId)),
      onDecision: (decision) => this.#deliver(decision, true),
    });
  }

  /** Loads where people are, since the site may have been in use before, and opens decision feeds and connections. */
  static async prepare(options: PartOptions, dynamodb: DynamoDBClient, signal: AbortSignal): Promise<Part> {
    const { site, decisionsTable, presenceTable, changesTable } = options;
    const names = { decisions: decisionsTable, presence: presenceTable, changes: changesTable };
    const tables = new Tables(dynamodb, site.tenantId, names);
    const oracle = new Oracle(site, { presence: await tables.presence(site.cards.map(({ cardId }) => cardId)) });
    const part = new Part(options, tables, oracle, new Ledger());
    await part.#feeds.opened(signal);
    await openAll(part.#equipment.connections);
    return part;
  }

  get readers(): number {
    return this.#equipment.readers.length;
  }

  /**
   * Runs until the schedule ends or `stop` is called, then checks every accepted swipe against its decision.
   * @param startMs end of the warm-up, ms of performance.now()
   */
  async run(startMs: number): Promise<RunResult> {
    this.#startMs = startMs;
    this.#startedAt = new Date(Date.now() + startMs - performance.now());
    this.#recorder.begin(startMs, performance.now());
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
      await this.#answered();
      const patienceMs = this.#options.decisionPatienceMs;
      await this.#feeds.quiet(() => this.#ledger.undelivered === 0, Math.min(OVERDUE_MS, patienceMs));
      this.#tick(performance.now() + TICK_MS);
      this.#phase = 'reconciling';
      if (this.#options.recordFile !== undefined) await recordSwipes(this.#ledger, this.#options.recordFile);
      return await this.#result(endedMs);
    } finally {
      clearInterval(tick);
      this.#agenda.close();
      this.#surroundings.hostile.close();
      for (const connection of this.#equipment.connections) connection.close();
      await this.#feeds.close();
      await this.#ledger.close();
    }
  }

  /** Stops new visits. Swipes in flight are still settled. */
  stop(): void {
    this.#visitors.stop();
  }

  progress(): PartProgress {
    const nowMs = performance.now();
    const { counts, ack, decision, outcomes, seconds } = this.#recorder;
    return {
      phase: this.#phase,
      counts: { ...counts },
      inFlight: this.#inFlight,
      overdue: this.#ledger.overdue(nowMs - OVERDUE_MS),
      generatorDelayMs: this.#delay.takeRecent(),
      invalidBecause: this.#invalidBecause(),
      ack: percentiles(ack.fromDue),
      decision: percentiles(decision.fromDue),
      outcomes: {
        granted: Object.fromEntries(outcomes.granted),
        denied: Object.fromEntries(outcomes.denied),
        recorded: Object.fromEntries(outcomes.recorded),
      },
      second: seconds.at(-1),
    };
  }

  sent({ entry }: Posting): void {
    this.#recorder.sent(entry);
  }

  failed(_posting: Posting, problem: string): void {
    this.#recorder.retried(problem);
  }

  accepted(posting: Posting, decision: Decision | undefined): void {
    const { entry, visit, waits, timed, body } = posting;
    const nowMs = performance.now();
    this.#ledger.accept(entry, nowMs);
    this.#recorder.accepted(entry, nowMs, timed && !waits);
    if (decision !== undefined) this.#deliver(decision, timed);
    this.#surroundings.hostile.remember(body, entry.swipe.readerId);
    const { outcome } = entry.expected;
    const passes = outcome === 'granted' || entry.swipe.offlineOutcome === 'granted';
    this.#end(posting);
    visit.crowd.release(visit.person, passes ? visit.to : visit.person.place);
  }

  refused(posting: Posting, problem: string, reason: string): void {
    this.#giveUp(posting, 'refused', problem, reason);
  }

  unanswered(posting: Posting, problem: string, reason: string): void {
    this.#giveUp(posting, 'unanswered', problem, reason);
  }

  /** Retires the person: the oracle has already moved them, and an unanswered swipe may or may not have been decided. */
  #giveUp(posting: Posting, kind: 'refused' | 'unanswered', problem: string, reason: string): void {
    const { entry, visit } = posting;
    this.#ledger.abandon(entry);
    this.#recorder.gaveUp(entry, performance.now(), kind, problem, reason);
    this.#end(posting);
    visit.crowd.lose(visit.person);
  }

  #due(dueMs: number, nowMs: number): void {
    this.#recorder.due(nowMs);
    this.#delay.record(nowMs - dueMs, dueMs >= this.#startMs);
    if (this.#delay.isHopeless && !this.#gaveUp) {
      this.#gaveUp = true;
      this.stop();
    }
  }

  #visit(visit: Visit, reader: VirtualReader, dueMs: number): void {
    const offline = reader.isOffline;
    const swipe = swipeOfVisit(visit, reader, this.#ledger.nextSwipeId());
    const posting: Posting = {
      entry: this.#ledger.sent(swipe, this.#oracle.expect(swipe), dueMs),
      visit,
      body: JSON.stringify(swipe),
      retries: 0,
      patienceMs: this.#options.swipePatienceMs,
      timed: !offline,
      waits: !offline && reader.waits,
    };
    this.#underWay.add(posting);
    reader.post(posting);
  }

  /** Swipes without an answer, plus accepted swipes without a decision. */
  get #inFlight(): number {
    return this.#underWay.size + this.#ledger.undelivered;
  }

  #end(posting: Posting): void {
    this.#underWay.delete(posting);
    if (this.#underWay.size === 0) this.#allAnswered();
  }

  #answered(): Promise<void> {
    if (this.#underWay.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#allAnswered = resolve;
    });
  }

  #deliver(decision: Decision, timed: boolean): void {
    const entry = this.#ledger.deliver(decision);
    if (entry === undefined) return;
    const isTimed = timed && entry.swipe.offlineOutcome === undefined;
    this.#recorder.decided(entry, decision, performance.now(), isTimed);
  }

  #tick(nowMs: number): void {
    for (const connection of this.#equipment.connections) connection.checkTimeout(nowMs);
    this.#surroundings.hostile.checkTimeout(nowMs);
    this.#recorder.roll(nowMs);
    if (this.#ledger.error !== undefined) this.stop();
  }

  #invalidBecause(): string[] {
    return [
      ...(this.#gaveUp ? ['the generator fell seconds behind its schedule and stopped'] : []),
      ...this.#delay.complaints(),
      ...(this.#ledger.error === undefined ? [] : [this.#ledger.error.message]),
    ];
  }

  async #result(endedMs: number): Promise<RunResult> {
    const { site, durationMs = Number.POSITIVE_INFINITY, decisionPatienceMs, warmUpMs } = this.#options;
    const since = new Date(this.#startedAt.getTime() - warmUpMs);
    const changes = new SiteChanges(await this.#tables.changes(since), site);
    const reconciliation = await reconcile(this.#ledger, {
      readDecisions: (swipes) => this.#tables.decisions(swipes),
      isUnjudged: (swipe) => changes.concern(swipe),
      patienceMs: decisionPatienceMs,
    });
    return partResult({
      options: this.#options,
      readers: this.readers,
      recorder: this.#recorder,
      reconciliation,
      startedAt: this.#startedAt,
      // Queues at turnstiles may outlast the schedule.
      durationMs: Math.min(endedMs - this.#startMs, durationMs),
      generatorDelayMs: this.#delay.worstMs,
      invalidBecause: this.#invalidBecause(),
      unjudgedZones: this.#oracle.unjudgedZones,
    });
  }
}

/** Connects before people arrive, as real readers do; in groups smaller than a socket's backlog. */
async function openAll(connections: readonly HttpConnection[]): Promise<void> {
  for (let i = 0; i < connections.length; i += OPENED_AT_ONCE) {
    await Promise.all(connections.slice(i, i + OPENED_AT_ONCE).map((connection) => connection.open()));
  }
}

function percentiles(latency: { percentile(percentile: number): number | undefined }): LivePercentiles {
  return {
    p50: latency.percentile(50) ?? null,
    p90: latency.percentile(90) ?? null,
    p99: latency.percentile(99) ?? null,
    p999: latency.percentile(99.9) ?? null,
  };
}
