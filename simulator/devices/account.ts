import { randomUUID } from 'node:crypto';
import type { Decision, Swipe } from '@swipegate/contract';
import type { Visit } from '../people/population.js';
import type { RunRecorder } from '../report/result/run-recorder.js';
import type { Oracle } from '../verify/oracle.js';
import type { DeviceClock } from './device-clock.js';
import { type Fleet, shownBy } from './fleet.js';
import type { Credential, Heard, Way } from './protocol.js';
import type { Course, Shown, ShownEvents } from './shown.js';
import type { VirtualDevice } from './virtual-device.js';

interface AccountOptions {
  fleet: Fleet;
  oracle: Oracle;
  recorder: RunRecorder;
  /** Share of questions whose record the device logs and sends first. */
  repeats: number;
  /** [0, 1) */
  random(): number;
}

/** Default `MAX_CLOCK_SKEW_MS` of the decision function: a clock that is further off does not count. */
const MAX_SKEW_MS = 300_000;
/** A device's time that is further ahead counts as now. */
const MAX_AHEAD_MS = 60_000;

/** What happened at the devices' doors: predicts each decision, and notes what the devices heard. */
export class DeviceAccount implements ShownEvents {
  /** In the order in which people came. */
  readonly shown: Shown[] = [];
  readonly #options: AccountOptions;
  readonly #givenUp = new Set<Shown>();

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  /** Swipes that no OK or decision has settled. */
  get inFlight(): number {
    return this.shown.reduce((sum, { takenAtMs, heard }) => sum + (takenAtMs === undefined && !heard ? 1 : 0), 0);
  }

  /** A person comes to a device. @param dueMs scheduled time, ms of performance.now() */
  visit(
    visit: Visit,
    { device, clock, way }: { device: VirtualDevice; clock: DeviceClock; way: Way },
    dueMs: number,
  ): void {
    const { fleet, oracle, recorder } = this.#options;
    const nowMs = Date.now();
    const { cardId, credential } = shownBy(visit.person.cardId, fleet);
    const shownMs = clock.shownMs(nowMs);
    const isDeaf = device.isOffline && !device.hasMemory;
    if (isDeaf || !device.notes(nameOf(credential), shownMs)) {
      recorder.skipped();
      visit.crowd.release(visit.person, visit.person.place);
      return;
    }
    const course = this.#courseOf(device, visit.person.cardId);
    const isTimedByGateway = this.#isTimedByGateway(device, course, shownMs - nowMs);
    const swipe: Swipe = {
      swipeId: randomUUID(),
      readerId: way.readerId,
      cardId,
      readAt: new Date(shownMs).toISOString(),
      ...(course === 'asks' ? {} : { offlineOutcome: course === 'alone-granted' ? 'granted' : 'denied' }),
    };
    // The rules use the gateway's clock for a question of a device whose clock is far off.
    const isOff = course === 'asks' && Math.abs(shownMs - nowMs) > MAX_SKEW_MS;
    const ruled = isOff || isTimedByGateway ? { ...swipe, readAt: new Date(nowMs).toISOString() } : swipe;
    const expected = oracle.expect(ruled, nowMs);
    const times = { dueMs, sentMs: Number.NaN, acceptedMs: undefined };
    const shown: Shown = {
      entry: { swipe, expected, ...times, delivered: undefined },
      visit,
      reading: { index: device.nextIndex(), way, credential, shownMs },
      course,
      isTimedByGateway,
      isTimed: !device.isOffline,
      sentAtMs: undefined,
      takenAtMs: undefined,
      heard: undefined,
      isHeardOtherwise: false,
    };
    this.shown.push(shown);
    device.show(shown);
  }

  #courseOf(device: VirtualDevice, cardId: string): Course {
    const { fleet, random, repeats } = this.#options;
    if (device.asks && !device.isOffline) return device.mayLogFirst && random() < repeats / 2 ? 'logs first' : 'asks';
    return fleet.credentials[cardId] === undefined ? 'alone-denied' : 'alone-granted';
  }

  /** A ZKTeco device's question keeps its time, however wrong; some have none. */
  #isTimedByGateway(device: VirtualDevice, course: Course, aheadMs: number): boolean {
    if (device.hasNoClock) return true;
    return aheadMs > MAX_AHEAD_MS && !(course === 'asks' && device.kind === 'zkteco-online');
  }

  sent({ entry }: Shown, nowMs: number): void {
    entry.sentMs = nowMs;
    this.#options.recorder.sent(entry);
  }

  failed(problem: string): void {
    this.#options.recorder.retried(problem);
  }

  taken(shown: Shown): void {
    const { entry, visit, course, isTimed } = shown;
    const nowMs = performance.now();
    shown.takenAtMs = Date.now();
    entry.acceptedMs = nowMs;
    if (!this.#givenUp.has(shown)) this.#options.recorder.accepted(entry, nowMs, isTimed && course !== 'asks');
    // A person without a decision has no known place.
    if (course === 'asks') return;
    this.#options.oracle.received(entry.swipe.cardId, shown.takenAtMs);
    if (course === 'logs first') return;
    visit.crowd.release(visit.person, course === 'alone-granted' ? visit.to : visit.person.place);
  }

  answered(shown: Shown, heard: Exclude<Heard, 'undecided'>): void {
    const { entry, visit, course } = shown;
    if (shown.heard !== undefined) {
      shown.isHeardOtherwise ||= shown.heard !== heard;
      return;
    }
    shown.heard = heard;
    if (course === 'asks') {
      this.taken(shown);
      this.#options.oracle.received(entry.swipe.cardId, Date.now());
      this.#options.recorder.decided(entry, heardAs(heard, shown), performance.now(), true);
    }
    visit.crowd.release(visit.person, course === 'asks' && heard === 'granted' ? visit.to : visit.person.place);
  }

  undecided(shown: Shown, { heard, isCut }: Parameters<ShownEvents['undecided']>[1]): void {
    const { entry, visit, course } = shown;
    shown.heard = heard;
    if (course === 'logs first') {
      visit.crowd.release(visit.person, visit.person.place);
      return;
    }
    // The gateway may have moved them or not.
    visit.crowd.lose(visit.person);
    if (isCut) return;
    this.#givenUp.add(shown);
    this.#options.recorder.gaveUp(entry, performance.now(), 'unanswered', 'UNDECIDED', 'the device got no decision');
  }

  /** Counts as errors the records that no OK has come for. */
  giveUp(): void {
    for (const shown of this.shown) {
      if (shown.takenAtMs !== undefined || shown.heard !== undefined || this.#givenUp.has(shown)) continue;
      this.#givenUp.add(shown);
      this.#options.recorder.gaveUp(shown.entry, performance.now(), 'unanswered', 'NO_OK', 'the device got no OK');
    }
  }
}

function nameOf(credential: Credential): string {
  return 'uid' in credential ? credential.uid : credential.pin;
}

/** A device hears no reason: the live figures show the expected one, if the outcome is as expected. */
function heardAs(
  outcome: 'granted' | 'denied',
  { entry: { swipe, expected } }: Shown,
): Pick<Decision, 'outcome' | 'readerId'> & { reason: string } {
  return { readerId: swipe.readerId, outcome, reason: expected.outcome === outcome ? expected.reason : outcome };
}
