import { HttpConnection } from '../readers/channel/http-connection.js';
import type { Agenda } from '../schedule/agenda.js';
import type { DeviceClock } from './device-clock.js';
import type { FleetDevice } from './fleet.js';
import {
  type Cause,
  type DeviceRequest,
  type Heard,
  type Protocol,
  type RingRecord,
  textOf,
  type Way,
} from './protocol.js';
import type { Shown, ShownEvents } from './shown.js';

export interface VirtualDeviceOptions {
  device: FleetDevice;
  protocol: Protocol;
  clock: DeviceClock;
  target: URL;
  agenda: Agenda;
  events: ShownEvents;
  /** Share of bodies that it sends again after their OK, and of questions that it asks twice. */
  repeats: number;
  /** [0, 1) */
  random(): number;
}

interface Entry extends RingRecord {
  shown: Shown;
}

/** Longer than any gateway holds a question, ms. */
const PATIENCE_MS = 8_000;
/** Pause after an answer that is not an OK, ms. Real devices wait 10 to 30 s. */
const ERROR_PAUSE_MS = 500;
/** Pause between a question and the same one again, ms. */
const AGAIN_MS = 300;
/** A device without a memory asks this often in all. */
const MOST_QUESTIONS = 3;

/**
 * A terminal or controller with its own ring of records, which it sends until it hears its OK. Without the network it
 * decides alone.
 */
export class VirtualDevice {
  readonly #options: VirtualDeviceOptions;
  readonly #ring: Entry[] = [];
  /** Credential and second of each reading: a device ignores a second reading within one second. */
  readonly #readings = new Set<string>();
  #connection: HttpConnection;
  /** First record without an OK. */
  #next = 0;
  #sending = false;
  #isOffline = false;
  #index = 0;
  /** Questions without their last answer. */
  #asking = 0;

  constructor(options: VirtualDeviceOptions) {
    this.#options = options;
    this.#connection = new HttpConnection(options.target, PATIENCE_MS);
  }

  get kind(): FleetDevice['kind'] {
    return this.#options.device.kind;
  }

  get ways(): readonly Way[] {
    return this.#options.device.ways;
  }

  get isOffline(): boolean {
    return this.#isOffline;
  }

  get asks(): boolean {
    return this.#options.protocol.asks !== undefined;
  }

  get hasMemory(): boolean {
    return this.#options.protocol.reports !== undefined;
  }

  /** Whether its record may come before its question. */
  get mayLogFirst(): boolean {
    return this.hasMemory && this.#options.protocol.numbersRecordsApart !== true;
  }

  /** Whether it sends no time: the gateway's counts. */
  get hasNoClock(): boolean {
    return this.#options.protocol.hasNoClock === true;
  }

  /** Whether all that it knows is told. */
  get isDone(): boolean {
    return this.#asking === 0 && this.#next === this.#ring.length;
  }

  /** Number of the next reading. */
  nextIndex(): number {
    this.#index += 1;
    return this.#index;
  }

  /** Notes a reading. @returns false if the device has just read the same */
  notes(credential: string, shownMs: number): boolean {
    const name = `${credential} ${shownMs}`;
    if (this.#readings.has(name)) return false;
    this.#readings.add(name);
    return true;
  }

  /** Connects and greets, as after power-on. */
  begin(): void {
    for (const request of this.#options.protocol.hello) {
      this.#send(request, (problem) => {
        if (problem !== undefined) this.#options.events.failed(problem);
      });
    }
    this.#pump();
  }

  /** A person is at the door. */
  show(shown: Shown): void {
    if (shown.course === 'asks') {
      this.#asking += 1;
      this.#ask(shown, 1);
    } else {
      this.#log(shown, shown.course === 'logs first' ? 'no-answer' : shown.course);
    }
  }

  goOffline(): void {
    this.#isOffline = true;
    this.#connection.close();
  }

  /** Sends what it has stored. A device that lost its stamp sends its latest records once more. */
  comeBack(): void {
    if (!this.#isOffline) return;
    this.#isOffline = false;
    this.#connection = new HttpConnection(this.#options.target, PATIENCE_MS);
    if (this.#options.random() < this.#options.repeats) this.#next = Math.max(0, this.#next - 5);
    this.begin();
  }

  checkTimeout(nowMs: number): void {
    this.#connection.checkTimeout(nowMs);
  }

  close(): void {
    this.#connection.close();
  }

  #ask(shown: Shown, tries: number): void {
    const { protocol, events, agenda, random, repeats } = this.#options;
    const { asks } = protocol;
    if (asks === undefined) return;
    const again = (): void => agenda.at(performance.now() + AGAIN_MS, () => this.#ask(shown, tries + 1));
    let heard: Heard | undefined;
    const onAnswer = (problem: string | undefined): void => {
      // A device that has given up expects no decision.
      if (problem !== undefined && shown.course === 'asks') events.failed(problem);
      if (heard !== undefined && heard !== 'undecided') {
        events.answered(shown, heard);
        // As if the answer had been lost: the same question must have the same answer.
        if (tries === 1 && protocol.numbersRecordsApart !== true && random() < repeats) again();
        else this.#endQuestion(shown, heard);
        return;
      }
      const { heard: first } = shown;
      if (first === 'granted' || first === 'denied') this.#endQuestion(shown, first);
      else if (this.hasMemory || tries === MOST_QUESTIONS) {
        events.undecided(shown, { heard: heard ?? 'nothing', isCut: this.#isOffline });
        this.#endQuestion(shown, undefined);
      } else again();
    };
    if (this.#isOffline) {
      onAnswer('offline');
      return;
    }
    this.#sent(shown);
    this.#send(asks.question(shown.reading), (problem, answer) => {
      if (answer !== undefined) heard = asks.heard(answer, shown.reading);
      onAnswer(heard === 'undecided' ? `undecided: ${problem ?? answer?.status}` : problem);
    });
  }

  /** The door has moved or not; the device logs why. */
  #endQuestion(shown: Shown, heard: Heard | undefined): void {
    this.#asking -= 1;
    if (!this.hasMemory || shown.course === 'logs first') return;
    this.#log(shown, heard === 'granted' ? 'answer-granted' : heard === 'denied' ? 'answer-denied' : 'no-answer');
  }

  #log(shown: Shown, cause: Cause): void {
    this.#ring.push({ shown, reading: shown.reading, cause, isBuffered: this.#isOffline });
    this.#pump();
  }

  /** Sends the next records. One body is under way at a time. */
  #pump(): void {
    const { protocol, device, events, agenda, random, repeats } = this.#options;
    const { reports } = protocol;
    const first = this.#ring[this.#next];
    if (this.#sending || this.#isOffline || first === undefined || reports === undefined) return;
    const batch = this.#ring.slice(this.#next, this.#next + device.batch);
    const mixed = batch.findIndex(({ isBuffered }) => isBuffered !== first.isBuffered);
    const records = mixed === -1 ? batch : batch.slice(0, mixed);
    this.#sending = true;
    for (const { shown } of records) this.#sent(shown);
    this.#send(reports.report(records), (problem, answer) => {
      this.#sending = false;
      if (problem !== undefined || answer === undefined || !reports.isTaken(answer, records.length)) {
        const said = answer?.body.toString('utf8', 0, 60);
        events.failed(problem ?? `not an OK: ${answer?.status} ${said}`);
        agenda.at(performance.now() + ERROR_PAUSE_MS, () => this.#pump());
        return;
      }
      // Some firmwares lose their stamp, and send the body once more.
      if (random() >= repeats) this.#next += records.length;
      for (const entry of records) this.#taken(entry);
      this.#pump();
    });
  }

  #taken({ shown }: Entry): void {
    if (shown.takenAtMs !== undefined) return;
    this.#options.events.taken(shown);
    if (shown.course !== 'logs first') return;
    this.#asking += 1;
    this.#ask(shown, MOST_QUESTIONS);
  }

  #sent(shown: Shown): void {
    if (shown.sentAtMs !== undefined) return;
    shown.sentAtMs = Date.now();
    this.#options.events.sent(shown, performance.now());
  }

  #send(request: DeviceRequest, onAnswer: (problem: string | undefined, answer?: Answer) => void): void {
    this.#connection.request(textOf(this.#options.target.host, request), (answer, error) => {
      const code: unknown = error === undefined ? undefined : Reflect.get(error, 'code');
      if (answer === undefined) onAnswer(typeof code === 'string' ? code : (error?.message ?? 'no answer'));
      else onAnswer(answer.status >= 500 ? `${this.kind} ${answer.status}` : undefined, answer);
    });
  }
}

type Answer = Parameters<Parameters<HttpConnection['request']>[1]>[0];
