import {
  type DeviceOfKey,
  DOOR_EVENT_TYPES,
  type DoorEvent,
  type DoorEventType,
  MAX_BATCH_ITEMS,
  type Swipe,
} from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { WallClock, wallTimeIn } from '@swipegate/contract/values/wall-clock';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { principalOf } from '../../auth/authenticate.js';
import { DOOR_EVENT_ITEMS } from '../../intake/item-kinds.js';
import type { DeviceContacts } from '../contacts.js';
import { deviceOf, readerAt } from '../device.js';
import { DEVICE_SWIPE_ITEMS, type DeviceIntake, userCardId } from '../device-intake.js';
import { alarmsSince, type Meaning, meaningOf } from './events.js';
import { accessRecordIn, attendanceIn, fieldsIn, type Passage } from './records.js';

/** Longest part of a line in the log. */
const LOGGED_CHARACTERS = 512;
const MOST_DEVICES = 10_000;

/** Everything that the lines of one body share. */
interface Context {
  tenantId: string;
  device: DeviceOfKey;
  clock: WallClock;
}

/** The content of a line. A line that can never be taken is in `swipes` as its text: the intake refuses and logs it. */
interface Told {
  swipes: unknown[];
  events: DoorEvent[];
}

type ReadLine = (line: string, context: Context, told: Told) => void;

/** Stores the records of devices, which have decided and happened. */
export class Reports {
  readonly #intake: DeviceIntake;
  readonly #contacts: DeviceContacts;
  /** Alarms of each device that are on, as it told last. */
  readonly #alarms = new LRUCache<string, string>({ max: MOST_DEVICES });

  constructor(intake: DeviceIntake, contacts: DeviceContacts) {
    this.#intake = intake;
    this.#contacts = contacts;
  }

  /** Stores the lines of ATTLOG. @throws {ProblemError} as {@link DeviceIntake.store} does */
  attendance(lines: readonly string[], request: FastifyRequest): Promise<void> {
    return this.#store(lines, readAttendance, request);
  }

  /** Stores the lines of rtlog or of a buffered transaction. @throws {ProblemError} as {@link DeviceIntake.store} does */
  access(lines: readonly string[], request: FastifyRequest): Promise<void> {
    return this.#store(lines, readAccess, request);
  }

  /**
   * Stores the alarms that have begun since the device told its state last. @throws {ProblemError} as
   * {@link DeviceIntake.store} does
   */
  async state(lines: readonly string[], request: FastifyRequest): Promise<void> {
    const { keyId } = principalOf(request);
    let alarm = this.#alarms.get(keyId) ?? '';
    const read: ReadLine = (line, context, told) => {
      const fields = fieldsIn(line);
      const [before, wallMs] = [alarm, wallTimeIn(fields.get('time') ?? '')];
      alarm = fields.get('alarm') ?? '';
      if (wallMs === undefined) return;
      context.clock.read(wallMs);
      for (const { door, type } of alarmsSince(before, alarm)) tellEvent({ door, type, wallMs }, context, told);
    };
    await this.#store(lines, read, request, true);
    // Only now: a device whose state was not stored tells it again.
    this.#alarms.set(keyId, alarm);
  }

  /** @param isLive the newest time is of now */
  async #store(lines: readonly string[], read: ReadLine, request: FastifyRequest, isLive = false): Promise<void> {
    const device = deviceOf(request);
    const { tenantId } = principalOf(request);
    const context: Context = { tenantId, device, clock: new WallClock(device.timeZone, Date.now()) };
    // In parts: a body of 2 MiB has some 30,000 records, which as objects take ten times its memory.
    for (let start = 0; start < lines.length; start += MAX_BATCH_ITEMS) {
      const told: Told = { swipes: [], events: [] };
      for (const line of lines.slice(start, start + MAX_BATCH_ITEMS)) read(line, context, told);
      await this.#intake.store(DEVICE_SWIPE_ITEMS, told.swipes, request);
      await this.#intake.store(DOOR_EVENT_ITEMS, told.events, request);
    }
    const { ahead } = context.clock;
    this.#contacts.seen(request, { clockOffsetMs: context.clock.offsetMs(isLive) });
    if (ahead > 0) request.log.warn({ deviceId: device.deviceId, ahead }, 'the clock of a device is ahead');
  }
}

function readAttendance(line: string, context: Context, told: Told): void {
  const passage = attendanceIn(line);
  const swipe = passage && swipeOf(passage, context);
  told.swipes.push(swipe === undefined ? cut(line) : { ...swipe, offlineOutcome: 'granted' });
}

/** Codes that somebody typed whom the device does not know. */
const OF_NOBODY: Readonly<Partial<Record<Meaning, DoorEventType>>> = {
  'granted-under-duress': 'duress-code',
  'wrong-code': 'code-tried',
};

function readAccess(line: string, context: Context, told: Told): void {
  const record = accessRecordIn(line);
  if (record === undefined) {
    told.swipes.push(cut(line));
    return;
  }
  const meaning = meaningOf(record.event);
  const isOfPerson = record.cardNumber !== '' || record.pin !== '';
  const type = isDoorEvent(meaning) ? meaning : isOfPerson ? undefined : OF_NOBODY[meaning];
  if (type !== undefined) {
    tellEvent({ ...record, type }, context, told, line);
    return;
  }
  if (meaning === 'none' || meaning === 'answered' || !isOfPerson) return;
  const swipe = meaning === 'unknown' ? undefined : swipeOf(record, context);
  const outcome = meaning === 'denied' || meaning === 'wrong-code' ? 'denied' : 'granted';
  const duress = meaning === 'granted-under-duress' ? { duress: true } : {};
  told.swipes.push(swipe === undefined ? cut(line) : { ...swipe, ...duress, offlineOutcome: outcome });
}

function tellEvent(
  { door, type, wallMs }: { door: number | undefined; type: DoorEventType; wallMs: number },
  { tenantId, device, clock }: Context,
  told: Told,
  line?: string,
): void {
  const readerId = readerAt(device, doorNumber(device, door), undefined);
  if (readerId === undefined) {
    if (line !== undefined) told.swipes.push(cut(line));
    return;
  }
  // Without the number of the record: rtlog and rtstate tell of the same alarm.
  const eventId = swipeIdOf([tenantId, device.deviceId, type, `${doorNumber(device, door)}`, `${wallMs}`]);
  told.events.push({ eventId, readerId, type, occurredAt: clock.instant(wallMs) });
}

/**
 * Returns the swipe of a passage; undefined if the device has no such door. Its id is the same in a question, in rtlog
 * and in a transaction, which differ in number, user and event.
 */
export function swipeOf(passage: Passage, { tenantId, device, clock }: Context): Swipe | undefined {
  const { wallMs, cardNumber, pin, direction } = passage;
  const door = doorNumber(device, passage.door);
  const readerId = readerAt(device, door, direction);
  if (readerId === undefined) return undefined;
  const cardId = cardNumber === '' ? userCardId('zkteco', pin) : cardNumber;
  return {
    swipeId: swipeIdOf([tenantId, device.deviceId, 'swipe', `${door}`, cardId, `${wallMs}`]),
    readerId,
    cardId,
    readAt: clock.instant(wallMs),
    ...(direction === undefined ? {} : { direction }),
  };
}

/** Number of a door. A time clock does not say: it has one, or its first counts. */
export function doorNumber({ doors }: DeviceOfKey, door: number | undefined): number {
  return door ?? Math.min(...doors.map((each) => each.door));
}

function isDoorEvent(meaning: Meaning): meaning is DoorEventType {
  return Object.hasOwn(DOOR_EVENT_TYPES, meaning);
}

function cut(line: string): string {
  return line.slice(0, LOGGED_CHARACTERS);
}
