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
import { withoutNames } from '../field.js';
import type { DeviceAnswer, DeviceCall } from '../keyed-devices.js';
import { type Verdict, verdictOn } from '../verdict.js';
import { type DahuaEvent, doorEventIn, eventsIn, passageIn, timeIn } from './events.js';

/** `RemoteCheckTimeout` of the device is 5 s in docs/readers/dahua.md. */
const PATIENCE_MS = 4_000;
/** A question is about now. An event that is older was buffered, and nobody stands at the door any more, ms. */
const LIVE_MS = 120_000;
/** Path of devices that report and do not ask. */
const REPORTS = 'events';
const KEEPALIVE = 'keepalive';

interface Options {
  intake: DeviceIntake;
  contacts: DeviceContacts;
  /** Longest wait for a decision, ms. */
  maxWaitMs: number;
}

/**
 * Answers devices of Dahua and Intelbras: keepalives, and events. An event `AccessControl` alone in its body is a question
 * that the answer's `auth` decides, unless it comes to the path `events` or is old.
 */
export function dahuaAnswer({ intake, contacts, maxWaitMs }: Options): DeviceAnswer {
  const waitMs = Math.min(PATIENCE_MS, maxWaitMs);
  return async (call) => {
    const { request, reply, name, body } = call;
    if (name === KEEPALIVE || request.method === 'GET') return reply.type('text/plain').send('OK');
    const reports = new Reports(call, intake);
    for (const event of eventsIn(body, request.headers['content-type'])) reports.add(event);
    const question = name === REPORTS ? undefined : reports.takeQuestion();
    contacts.seen(request, { clockOffsetMs: reports.clockOffsetMs(question !== undefined) });
    await reports.store();
    if (question === undefined) return answer(reply, { opens: false, text: '' });
    return answer(reply, await verdictOn(question, request, { intake, waitMs }));
  };
}

/** Members and their order are those of the protocol; all values are texts. */
function answer(reply: FastifyReply, { opens, text }: Verdict): FastifyReply {
  return reply
    .type('application/json')
    .send(JSON.stringify({ message: text, code: '200', auth: opens ? 'true' : 'false' }));
}

interface Report {
  swipe: Swipe;
  outcome: 'granted' | 'denied';
  isLive: boolean;
}

/** The reports of one body. */
class Reports {
  readonly #call: DeviceCall;
  readonly #intake: DeviceIntake;
  readonly #nowMs = Date.now();
  readonly #clock: WallClock;
  readonly #passages: Report[] = [];
  readonly #doorEvents: DoorEvent[] = [];

  constructor(call: DeviceCall, intake: DeviceIntake) {
    this.#call = call;
    this.#intake = intake;
    this.#clock = new WallClock(call.device.timeZone, this.#nowMs);
  }

  add(event: DahuaEvent): void {
    const { request, device } = this.#call;
    const { tenantId } = principalOf(request);
    const passage = event.code === 'AccessControl' ? passageIn(event) : undefined;
    const found = passage ?? doorEventIn(event);
    if (found === undefined) return;
    const readerId = readerAt(device, found.door, 'direction' in found ? found.direction : undefined);
    if (readerId === undefined) {
      this.#intake.park(request, { ...event, fields: withoutNames(event.fields) });
      return;
    }
    const { at, when, isLive } = this.#time(event);
    if ('type' in found) {
      const { type, door } = found;
      const eventId = swipeIdOf([tenantId, device.deviceId, 'door-event', type, String(door), when]);
      this.#doorEvents.push({ eventId, readerId, type, occurredAt: at });
      return;
    }
    const { cardNumber, userId = '', direction, outcome } = found;
    const cardId = cardNumber ?? userCardId('dahua', userId);
    // The question and the event that the device posts of its answer have second and person in common.
    const swipeId = swipeIdOf([tenantId, device.deviceId, 'swipe', when, cardId]);
    const swipe: Swipe = { swipeId, readerId, cardId, readAt: at, ...(direction === undefined ? {} : { direction }) };
    this.#passages.push({ swipe, outcome, isLive });
  }

  /** Takes the person who stands at the door now. A body with several people is a buffer. */
  takeQuestion(): Swipe | undefined {
    const [only] = this.#passages;
    if (only === undefined || this.#passages.length > 1) return undefined;
    if (only.isLive) return this.#passages.pop()?.swipe;
    const { request, device } = this.#call;
    const { readAt } = only.swipe;
    request.log.warn({ deviceId: device.deviceId, readAt }, 'an event of a device is not of now, so it is no question');
    return undefined;
  }

  /** @param isLive it is a question @returns see WallClock */
  clockOffsetMs(isLive: boolean): number | undefined {
    return this.#clock.offsetMs(isLive);
  }

  /** @throws {ProblemError} if the device must send all of it again */
  async store(): Promise<void> {
    const { request } = this.#call;
    const history = this.#passages.map(({ swipe, outcome }) => ({ ...swipe, offlineOutcome: outcome }));
    await Promise.all([
      this.#intake.store(DEVICE_SWIPE_ITEMS, history, request),
      this.#intake.store(DOOR_EVENT_ITEMS, this.#doorEvents, request),
    ]);
  }

  /** @returns the instant, RFC 3339, and what tells it apart from others of the device */
  #time(event: DahuaEvent): { at: string; when: string; isLive: boolean } {
    const time = timeIn(event);
    if (time === undefined) return { at: new Date(this.#nowMs).toISOString(), when: randomUUID(), isLive: true };
    if ('wallMs' in time) return this.#wallTime(time.wallMs);
    const { utcMs } = time;
    if (event.wallMs === undefined && !this.#isLive(utcMs)) {
      // Without a second time to compare, seconds that are now by the wall clock are of the wall clock.
      const byWall = new WallClock(this.#call.device.timeZone, this.#nowMs).read(utcMs);
      if (this.#isLive(byWall)) return this.#wallTime(utcMs);
    }
    this.#clock.tell(utcMs);
    const at = new Date(Math.min(utcMs, this.#nowMs)).toISOString();
    return { at, when: String(utcMs), isLive: this.#isLive(utcMs) };
  }

  #wallTime(wallMs: number): { at: string; when: string; isLive: boolean } {
    const { ahead } = this.#clock;
    const at = this.#clock.instant(wallMs);
    // A time ahead counts as now, but nobody knows that the person stands there now.
    return { at, when: String(wallMs), isLive: this.#clock.ahead === ahead && this.#isLive(Date.parse(at)) };
  }

  #isLive(ms: number): boolean {
    return Math.abs(ms - this.#nowMs) <= LIVE_MS;
  }
}
