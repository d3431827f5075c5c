import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Decision, Reader, Site } from '@swipegate/contract';
import { seededRandom } from '@swipegate/contract/values/random';
import { durationMs } from '@swipegate/terminal/duration';
import { DeviceAccount } from '../devices/account.js';
import type { DeviceClock } from '../devices/device-clock.js';
import { clockOf, type DeviceKeys, type Fleet, protocolOf } from '../devices/fleet.js';
import { HostileDevices } from '../devices/hostile-devices.js';
import type { Way } from '../devices/protocol.js';
import { reconcileDevices } from '../devices/reconcile-devices.js';
import { VirtualDevice } from '../devices/virtual-device.js';
import { Population } from '../people/population.js';
import { Doors } from '../readers/doors.js';
import { OfflineSpells } from '../readers/offline-spells.js';
import { Turnstile } from '../readers/turnstile.js';
import { RunRecorder } from '../report/result/run-recorder.js';
import { byOutcome, type RunResult } from '../report/result/run-result.js';
import type { DeviceTraffic } from '../scenarios/scenario.js';
import { Agenda } from '../schedule/agenda.js';
import { Oracle } from '../verify/oracle.js';
import { Tables } from '../verify/tables.js';
import { ScenarioVisitors } from '../visitors/scenario-visitors.js';
import type { VisitorEvents } from '../visitors/visitors.js';
import { GeneratorDelay } from './generator-delay.js';
import type { LoadWorkerOptions, LoadWorkerProgress } from './load-worker-messages.js';
import { workerResult } from './worker-result.js';

/** Devices of a run, and how to reach the gateway as one of them. */
export interface DeviceRun {
  fleet: Fleet;
  keys: DeviceKeys;
  /** URL of the device port. */
  port: string;
}

const TICK_MS = 500;
/** A swipe is overdue this long after it was sent without an answer, ms. */
const OVERDUE_MS = 10_000;
/** Decisions of a run may have times before its start, if clocks differ, ms. */
const MARGIN_MS = 2_000;
const NO_HOSTILE = (): undefined => undefined;

/** One side of a device's door. */
class DeviceDoor extends Turnstile {
  readonly device: VirtualDevice;
  readonly clock: DeviceClock;
  readonly way: Way;

  constructor(reader: Reader, paceMs: number, of: { device: VirtualDevice; clock: DeviceClock; way: Way }) {
    super(reader, paceMs);
    this.device = of.device;
    this.clock = of.clock;
    this.way = of.way;
  }
}

/**
 * A run with virtual devices, which speak the protocols of the device port. People, oracle and report are those of other
 * runs; the devices replace the readers, and an account of what they showed and heard replaces the ledger.
 */
export class DeviceWorker {
  readonly #options: LoadWorkerOptions;
  readonly #tables: Tables;
  readonly #agenda = new Agenda();
  readonly #delay = new GeneratorDelay();
  readonly #recorder: RunRecorder;
  readonly #account: DeviceAccount;
  readonly #devices: VirtualDevice[] = [];
  readonly #doors: DeviceDoor[] = [];
  readonly #spells: OfflineSpells | undefined;
  readonly #hostile: HostileDevices | undefined;
  readonly #visitors: ScenarioVisitors<DeviceDoor>[];
  readonly #since = new Date(Date.now() - MARGIN_MS);
  /** Decisions of an earlier run at the same readers. */
  #earlier: ReadonlySet<string> = new Set();
  #phase: LoadWorkerProgress['phase'] = 'warming up';
  #startMs = Number.POSITIVE_INFINITY;
  #startedAt = new Date(0);
  #gaveUp = false;

  private constructor(
    options: LoadWorkerOptions,
    { fleet, keys, port }: DeviceRun,
    { repeats, offline, hostile }: DeviceTraffic,
    tables: Tables,
    oracle: Oracle,
  ) {
    const { site, scenario, seed } = options;
    const random = seededRandom(seed);
    const agenda = this.#agenda;
    const target = new URL(port);
    this.#options = options;
    this.#tables = tables;
    this.#recorder = new RunRecorder(() => this.#account.inFlight);
    this.#account = new DeviceAccount({ fleet, oracle, recorder: this.#recorder, repeats, random });
    const { perMinute } = scenario.readers;
    const paceMs = perMinute === 'unlimited' ? 0 : 60_000 / perMinute;
    const readers = new Map(site.readers.map((reader) => [reader.readerId, reader]));
    for (const planned of fleet.devices) {
      const clock = clockOf(planned);
      const protocol = protocolOf(planned, keys);
      const parts = { device: planned, protocol, clock, target, agenda, events: this.#account, repeats, random };
      const device = new VirtualDevice(parts);
      this.#devices.push(device);
      for (const way of planned.ways) {
        const reader = readers.get(way.readerId);
        if (reader !== undefined) this.#doors.push(new DeviceDoor(reader, paceMs, { device, clock, way }));
      }
    }
    if (offline !== null) {
      const times = { everyMs: durationMs(offline.every), forMs: durationMs(offline.for) };
      this.#spells = new OfflineSpells({ readers: this.#devices, agenda, share: offline.share, ...times, random });
    }
    if (hostile !== null) {
      const gateway = new URL(options.target);
      const onAnswer = (kind: string, repelled: boolean, why: string): void => {
        this.#recorder.attack(kind, repelled);
        if (!repelled) this.#recorder.example(`${kind}: ${why}`);
      };
      const parts = { target, gateway, devices: fleet.devices, keys, agenda, random, onAnswer };
      this.#hostile = new HostileDevices({ ...parts, everyMs: durationMs(hostile) });
    }
    // A time clock knows people by their numbers, and reads no cards: it has people of its own.
    const isClock = ({ device }: DeviceDoor) => device.kind === 'zkteco-clock';
    const [clocks, others] = [this.#doors.filter(isClock), this.#doors.filter((door) => !isClock(door))];
    const hasPin = (cardId: string) => 'pin' in (fleet.credentials[cardId] ?? {});
    this.#visitors = [
      { doors: clocks, isTheirs: hasPin, people: { ...scenario.people, strangers: 0 } },
      { doors: others, isTheirs: (cardId: string) => !hasPin(cardId), people: scenario.people },
    ].flatMap(({ doors, isTheirs, people }) => {
      if (doors.length === 0) return [];
      const cards = site.cards.filter(({ cardId }) => isTheirs(cardId));
      const share = doors.length / this.#doors.length;
      const visitors = this.#visitorsAt(doors, { ...site, cards }, { share, people, oracle, random });
      return [visitors];
    });
  }

  /** Loads where people are: an earlier run may have moved them. */
  static async prepare(
    options: LoadWorkerOptions,
    { run, traffic }: { run: DeviceRun; traffic: DeviceTraffic },
    dynamodb: DynamoDBClient,
  ): Promise<DeviceWorker> {
    const { site, decisionsTable, presenceTable, changesTable } = options;
    const names = { decisions: decisionsTable, presence: presenceTable, changes: changesTable };
    const tables = new Tables(dynamodb, site.tenantId, names);
    const oracle = new Oracle(site, { presence: await tables.presence(site.cards.map(({ cardId }) => cardId)) });
    const worker = new DeviceWorker(options, run, traffic, tables, oracle);
    worker.#earlier = new Set((await worker.#decisionsOfRun()).map(({ swipeId }) => swipeId));
    return worker;
  }

  get readers(): number {
    return this.#doors.length;
  }

  /** Runs to the schedule's end or `stop`, then verifies. @param startMs end of the warm-up, ms of performance.now() */
  async run(startMs: number): Promise<RunResult> {
    this.#startMs = startMs;
    this.#startedAt = new Date(Date.now() + startMs - performance.now());
    this.#recorder.begin(startMs, performance.now());
    const tick = setInterval(() => this.#tick(performance.now()), TICK_MS);
    try {
      this.#agenda.at(startMs, () => {
        if (this.#phase === 'warming up') this.#phase = 'swiping';
      });
      for (const device of this.#devices) device.begin();
      this.#spells?.begin();
      this.#hostile?.begin();
      for (const visitors of this.#visitors) visitors.begin(startMs);
      await Promise.all(this.#visitors.map(({ done }) => done));
      const endedMs = performance.now();
      this.#phase = 'settling';
      this.#spells?.stop();
      await this.#settled(endedMs + this.#options.swipePatienceMs);
      this.#hostile?.stop();
      this.#account.giveUp();
      this.#tick(performance.now() + 2 * TICK_MS);
      this.#phase = 'reconciling';
      return await this.#result(endedMs);
    } finally {
      clearInterval(tick);
      this.#agenda.close();
      this.#hostile?.close();
      for (const device of this.#devices) device.close();
    }
  }

  /** Stops new visits. Devices still tell all that they know. */
  stop(): void {
    for (const visitors of this.#visitors) visitors.stop();
  }

  progress(): LoadWorkerProgress {
    const { counts, ack, decision, outcomes, seconds } = this.#recorder;
    const overdueMs = Date.now() - OVERDUE_MS;
    return {
      phase: this.#phase,
      counts: { ...counts },
      inFlight: this.#account.inFlight,
      overdue: this.#account.shown.filter(
        ({ sentAtMs, takenAtMs, heard }) => !heard && takenAtMs === undefined && (sentAtMs ?? Infinity) < overdueMs,
      ).length,
      generatorDelayMs: this.#delay.takeRecent(),
      invalidBecause: this.#invalidBecause(),
      ack: ack.fromDue.percentiles(),
      decision: decision.fromDue.percentiles(),
      outcomes: byOutcome((outcome) => Object.fromEntries(outcomes[outcome])),
      second: seconds.at(-1),
    };
  }

  #visitorsAt(
    doors: readonly DeviceDoor[],
    site: Site,
    {
      share,
      people,
      oracle,
      random,
    }: { share: number; people: LoadWorkerOptions['scenario']['people']; oracle: Oracle; random(): number },
  ): ScenarioVisitors<DeviceDoor> {
    const { scenario, rate, warmUpMs, durationMs: runMs, exceptCards } = this.#options;
    const whereIs = (cardId: string) => oracle.whereIs(cardId);
    const worker = { index: 0, of: 1 };
    const events: VisitorEvents<DeviceDoor> = {
      due: (dueMs, nowMs) => this.#due(dueMs, nowMs),
      skipped: () => this.#recorder.skipped(),
      onVisit: (visit, door, dueMs) => this.#account.visit(visit, door, dueMs),
    };
    return new ScenarioVisitors({
      scenario: { ...scenario, people },
      course: { warmUpMs, durationMs: runMs },
      rate: rate * share,
      agenda: this.#agenda,
      doors: new Doors(site, doors, scenario.buildings, random),
      population: new Population({ site, worker, exceptCards: new Set(exceptCards), whereIs, random }),
      random,
      hostile: NO_HOSTILE,
      events,
    });
  }

  /** Resolves when each device has told what it knows, or at the deadline. @param deadlineMs ms of performance.now() */
  #settled(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (_dueMs: number, nowMs: number): void => {
        const isDone = this.#devices.every((device) => device.isDone) && this.#hostile?.isQuiet !== false;
        if (isDone || nowMs >= deadlineMs) resolve();
        else this.#agenda.at(nowMs + 100, look);
      };
      this.#agenda.at(performance.now(), look);
    });
  }

  #due(dueMs: number, nowMs: number): void {
    this.#recorder.due(nowMs);
    this.#delay.record(nowMs - dueMs, dueMs >= this.#startMs);
    if (this.#delay.isHopeless && !this.#gaveUp) {
      this.#gaveUp = true;
      this.stop();
    }
  }

  #tick(nowMs: number): void {
    for (const device of this.#devices) device.checkTimeout(nowMs);
    this.#hostile?.checkTimeout(nowMs);
    this.#recorder.roll(nowMs);
  }

  #invalidBecause(): string[] {
    return [
      ...(this.#gaveUp ? ['the generator fell seconds behind its schedule and stopped'] : []),
      ...this.#delay.complaints(),
    ];
  }

  async #decisionsOfRun(): Promise<Decision[]> {
    const readerIds = this.#doors.map(({ reader }) => reader.readerId);
    const decisions = await this.#tables.decisionsAt(readerIds, this.#since);
    return decisions.filter(({ swipeId }) => !this.#earlier.has(swipeId));
  }

  async #result(endedMs: number): Promise<RunResult> {
    const { rate, decisionPatienceMs: patienceMs } = this.#options;
    const readDecisions = () => this.#decisionsOfRun();
    const reconciliation = await reconcileDevices(this.#account.shown, { readDecisions, patienceMs });
    return workerResult(this.#options, {
      startedAt: this.#startedAt,
      lastedMs: endedMs - this.#startMs,
      readers: this.readers,
      part: { shard: '1/1', rate, unjudgedZones: [] },
      recorder: this.#recorder,
      delay: this.#delay,
      invalidBecause: this.#invalidBecause(),
      reconciliation,
      accepted: reconciliation.accepted,
    });
  }
}
