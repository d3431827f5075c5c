import { randomUUID } from 'node:crypto';
import type { DoorEvent, Swipe } from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { WallClock } from '@swipegate/contract/values/wall-clock';
import type { FastifyReply } from 'fastify';
import { principalOf } from '../../auth/authenticate.js';
import { DOOR_EVENT_ITEMS } from '../../intake/item-kinds.js';
import type { DeviceContacts } from '../contacts.js';
import { readerAt } from '../device.js';
import { DEVICE_SWIPE_ITEMS, type DeviceIntake, userCardId } from '../device-intake.js';
import { type Fields, withoutNames } from '../field.js';
import type { DeviceAnswer, DeviceCall } from '../keyed-devices.js';
import { type Verdict, verdictOn } from '../verdict.js';
import { DeviceAbouts } from './about.js';
import { AnsweredQuestions } from './answered.js';
import type { CommandRounds } from './commands.js';
import { doorEventIn, eventsIn, integerIn, isHeartbeat, isLate, type Passage, passageIn, timeIn } from './events.js';
import { callDevice } from './isapi.js';
import type { DeviceLogins } from './logins.js';

/** The device waits for 5 s (`remoteCheckTimeout`), in which the answer must reach it. */
const PATIENCE_MS = 4_000;
const CALL_MS = 1_000;
/** A question is about now. An event that is older was kept back, and nobody stands at the door any more, ms. */
const LIVE_MS = 120_000;
/** Last part of the path of devices that are called with the decision (`remoteCheckWithISAPIListen`: async). */
const ASYNC = 'async';
/** Decisions that are under way to devices whose request is answered. Further ones keep their request open. */
const MOST_CALLS = 256;
const MOST_TEXT = 64;

interface Options {
  intake: DeviceIntake;
  contacts: DeviceContacts;
  logins: DeviceLogins;
  rounds: CommandRounds;
  /** Longest wait for a decision, ms. */
  maxWaitMs: number;
}

/**
 * Answers devices of Hikvision, which post their events (ISAPI HTTP listening). An event with `remoteCheck` is a question.
 * Its decision is in the answer; at the path `async`, the device is called with it once the swipe is durable.
 */
export function hikvisionAnswer({ intake, contacts, logins, rounds, maxWaitMs }: Options): DeviceAnswer {
  const answered = new AnsweredQuestions();
  const abouts = new DeviceAbouts(contacts, logins);
  let calls = 0;

  return async (call) => {
    const { request, reply, name, body } = call;
    rounds.note(request);
    const isCalled = name === ASYNC;
    const reports = new Reports(call, answered, intake);
    for (const fields of eventsIn(body, request.headers['content-type'])) reports.add(fields);
    const question = reports.takeQuestion();
    contacts.seen(request, { clockOffsetMs: reports.clockOffsetMs() });
    abouts.note(request);
    await reports.store();
    if (question === undefined) return reply.type('text/plain').send('OK');
    const waitMs = Math.min(isCalled ? PATIENCE_MS - CALL_MS : PATIENCE_MS, maxWaitMs);
    if (!isCalled) return json(reply, question.serial, await verdictOf(question, call, { intake, waitMs }));
    await new Promise<void>((resolve) => {
      // The device must have its OK before it is called: it may not listen while it posts.
      const onDurable = calls < MOST_CALLS ? resolve : undefined;
      calls += 1;
      const told = verdictOf(question, call, { intake, waitMs, onDurable }).then((verdict) =>
        tell(call, question.serial, verdict, logins),
      );
      void told.finally(() => {
        calls -= 1;
        resolve();
      });
    });
    return reply.type('text/plain').send('OK');
  };
}

async function verdictOf(
  { swipe, remember }: Question,
  { request }: DeviceCall,
  options: Parameters<typeof verdictOn>[2],
): Promise<Verdict> {
  if (swipe === undefined) return { opens: false, text: 'not identified' };
  let answer: ReturnType<typeof remember> | undefined;
  const onDurable = () => {
    // If the question is not stored, the device's report is the only trace of it.
    answer = remember();
    options.onDurable?.();
  };
  const verdict = await verdictOn(swipe, request, { ...options, onDurable });
  answer?.(verdict.opens);
  return verdict;
}

function json(reply: FastifyReply, serial: number, verdict: Verdict): FastifyReply {
  return reply.type('application/json').send(remoteCheck(serial, verdict));
}

/** Members and their order are those of the protocol. */
function remoteCheck(serialNo: number, { opens, text }: Verdict): string {
  const checkResult = opens ? 'success' : 'failed';
  return JSON.stringify({ RemoteCheck: { serialNo, checkResult, info: text.slice(0, MOST_TEXT) } });
}

/** Calls the device with the decision. Never rejects: a device that is not called keeps the door shut. */
async function tell(
  { request, device }: DeviceCall,
  serial: number,
  verdict: Verdict,
  logins: DeviceLogins,
): Promise<void> {
  const { deviceId } = device;
  const login = logins.of(principalOf(request).tenantId, deviceId, request.log);
  if (login === undefined) {
    request.log.error({ deviceId }, 'a device waits for a call, but DEVICE_LOGINS does not have it');
    return;
  }
  const path = '/ISAPI/AccessControl/remoteCheck?format=json';
  try {
    await callDevice(login, { method: 'PUT', path, body: remoteCheck(serial, verdict), timeoutMs: CALL_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    request.log.error({ deviceId, reason, opens: verdict.opens }, 'a device did not take a decision');
  }
}

interface Question {
  /** Undefined for a person whom the device could not identify, or at a door that it does not have. */
  swipe: Swipe | undefined;
  serial: number;
  /** Lets the report of the outcome count as this swipe. @returns a function that takes what the gateway answered */
  remember(): (opens: boolean) => void;
}

interface Moment {
  /** RFC 3339. */
  at: string;
  /** Part of ids: the time as the device wrote it, or a random text if it wrote none. */
  when: string;
  isLive: boolean;
}

/** The events of one body. */
class Reports {
  readonly #call: DeviceCall;
  readonly #intake: DeviceIntake;
  readonly #answered: AnsweredQuestions;
  readonly #nowMs = Date.now();
  readonly #clock: WallClock;
  readonly #swipes: Swipe[] = [];
  readonly #doorEvents: DoorEvent[] = [];
  readonly #questions: Question[] = [];
  #isOfNow = false;

  constructor(call: DeviceCall, answered: AnsweredQuestions, intake: DeviceIntake) {
    this.#call = call;
    this.#intake = intake;
    this.#answered = answered;
    this.#clock = new WallClock(call.device.timeZone, this.#nowMs);
  }

  add(fields: Fields): void {
    const passage = passageIn(fields);
    this.#isOfNow ||= isHeartbeat(fields) || (passage?.isQuestion === true && !isLate(fields));
    const moment = this.#momentOf(fields);
    if (passage !== undefined) this.#addPassage(passage, fields, moment);
    else this.#addDoorEvent(fields, moment);
  }

  /** Takes the person who stands at the door now. A body with several people is a buffer. */
  takeQuestion(): Question | undefined {
    const [only] = this.#questions;
    if (this.#questions.length < 2) return only;
    for (const { swipe } of this.#questions) if (swipe !== undefined) this.#intake.park(this.#call.request, swipe);
    return undefined;
  }

  /** @returns see WallClock */
  clockOffsetMs(): number | undefined {
    return this.#clock.offsetMs(this.#isOfNow);
  }

  /** @throws {ProblemError} if the device must send all of it again */
  async store(): Promise<void> {
    const { request, device } = this.#call;
    if (this.#clock.ahead > 0) request.log.warn({ deviceId: device.deviceId }, 'the clock of a device is ahead');
    await Promise.all([
      this.#intake.store(DEVICE_SWIPE_ITEMS, this.#swipes, request),
      this.#intake.store(DOOR_EVENT_ITEMS, this.#doorEvents, request),
    ]);
  }

  #addPassage(passage: Passage, fields: Fields, moment: Moment): void {
    const { request, device } = this.#call;
    const { tenantId } = principalOf(request);
    const { cardNumber, employeeNumber = '', door, direction, isQuestion, outcome } = passage;
    const serial = integerIn(fields, 'serialno') ?? 0;
    const readerId = readerAt(device, door, direction);
    const isAsked = isQuestion && moment.isLive;
    const unanswered: Question = { swipe: undefined, serial, remember: () => () => undefined };
    if (readerId === undefined || (isQuestion && !moment.isLive)) {
      // The device reports what it did with an old question by itself.
      if (isAsked) this.#questions.push(unanswered);
      this.#intake.park(request, withoutNames(fields));
      return;
    }
    const cardId = cardNumber ?? userCardId('hikvision', employeeNumber);
    // The number alone is not enough: it starts again after a reset of the device.
    const recordId = JSON.stringify([serial, moment.when]);
    const idOf = (kind: string) => swipeIdOf([tenantId, device.deviceId, kind, String(serial), moment.when, cardId]);
    const swipe: Swipe = { swipeId: idOf('swipe'), readerId, cardId, readAt: moment.at };
    const key = JSON.stringify([tenantId, device.deviceId, readerId, cardId]);
    const atMs = Date.parse(moment.at);
    if (outcome === undefined) {
      this.#questions.push({ swipe, serial, remember: () => this.#answered.ask(key, atMs) });
      return;
    }
    if (isAsked) this.#questions.push(unanswered);
    const kind = isQuestion ? 'of-its-own' : this.#answered.kindOf(key, { recordId, atMs, outcome });
    if (kind === 'of-the-question') return;
    const isShut = kind === 'against-the-answer' && outcome === 'denied';
    if (kind === 'against-the-answer') {
      request.log.warn({ deviceId: device.deviceId, outcome, swipe }, 'a device did not do what the gateway answered');
    }
    // A person whom the device let in is inside, whatever the gateway answered.
    if (!isShut) {
      const swipeId = kind === 'against-the-answer' ? idOf('own') : swipe.swipeId;
      this.#swipes.push({ ...swipe, swipeId, offlineOutcome: outcome });
    }
  }

  #addDoorEvent(fields: Fields, { at, when }: Moment): void {
    const { request, device } = this.#call;
    const found = doorEventIn(fields);
    if (found === undefined) return;
    const { type, door = device.doors[0]?.door } = found;
    const readerId = readerAt(device, door, undefined);
    if (readerId === undefined) {
      this.#intake.park(request, withoutNames(fields));
      return;
    }
    const serial = integerIn(fields, 'serialno') ?? 0;
    const parts = [
      principalOf(request).tenantId,
      device.deviceId,
      'door-event',
      type,
      String(door),
      String(serial),
      when,
    ];
    this.#doorEvents.push({ eventId: swipeIdOf(parts), readerId, type, occurredAt: at });
  }

  #momentOf(fields: Fields): Moment {
    const time = timeIn(fields);
    if (time === undefined)
      return { at: new Date(this.#nowMs).toISOString(), when: randomUUID(), isLive: !isLate(fields) };
    const { ahead } = this.#clock;
    if ('ms' in time) this.#clock.tell(time.ms);
    const at = 'ms' in time ? new Date(Math.min(time.ms, this.#nowMs)).toISOString() : this.#clock.instant(time.wallMs);
    const when = 'ms' in time ? String(time.ms) : `wall ${time.wallMs}`;
    const sentMs = 'ms' in time ? time.ms : Date.parse(at);
    // A time ahead counts as now, but nobody knows that the person stands there now.
    const isLive = !isLate(fields) && this.#clock.ahead === ahead && Math.abs(sentMs - this.#nowMs) <= LIVE_MS;
    return { at, when, isLive };
  }
}
