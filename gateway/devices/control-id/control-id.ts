import { randomUUID } from 'node:crypto';
import type { DeviceDoor, DeviceOfKey, DoorEvent, Swipe } from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { WallClock } from '@swipegate/contract/values/wall-clock';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../auth/api-key-directory.js';
import { principalOf } from '../../auth/authenticate.js';
import { DOOR_EVENT_ITEMS } from '../../intake/item-kinds.js';
import type { CommandOutbox } from '../commands.js';
import type { DeviceContacts } from '../contacts.js';
import { doorOf, readerAt } from '../device.js';
import { DEVICE_SWIPE_ITEMS, type DeviceIntake, userCardId } from '../device-intake.js';
import { contentIn, type Fields, fieldsOf, firstField } from '../field.js';
import type { DeviceAnswer, DeviceCall } from '../keyed-devices.js';
import { verdictOn } from '../verdict.js';
import { answerWithCommand, noteResult } from './commands.js';
import {
  type AlarmRecord,
  ANSWERS,
  actionOf,
  cardNumberFor,
  doorOfAction,
  isQuestion,
  type Passage,
  passageAsked,
  recordsIn,
} from './events.js';

/** The shortest patience that docs/readers/control-id.md allows is 4 s. */
const PATIENCE_MS = 3_500;

/** Notifications of the Monitor that are records. */
const RECORDS: ReadonlySet<string> = new Set(['dao', 'door', 'secbox']);

interface Options {
  intake: DeviceIntake;
  contacts: DeviceContacts;
  outbox: CommandOutbox;
  /** Longest wait for a decision, ms. */
  maxWaitMs: number;
}

/**
 * Answers devices of Control iD: questions of the modes Pro and Enterprise (`new_card.fcgi` and the like) with the
 * decision, notifications of their Monitor (`dao`) once they are durable, `push` with a command, and all else with `{}`.
 */
export function controlIdAnswer({ intake, contacts, outbox, maxWaitMs }: Options): DeviceAnswer {
  const waitMs = Math.min(PATIENCE_MS, maxWaitMs);
  return async (call) => {
    const { request, reply, name, body } = call;
    const content = contentIn(body);
    if (isQuestion(name)) return answerQuestion(call, fieldsOf(content, request.query), { intake, contacts, waitMs });
    if (name === 'session_is_valid.fcgi') return json(reply, { session_is_valid: true });
    if (name === 'push') return answerWithCommand(call, outbox);
    if (name === 'result') return noteResult(call, content, outbox);
    if (RECORDS.has(name)) await storeRecords(call, content, { intake, contacts });
    return json(reply, {});
  };
}

/** Every fault is a denial: the device hears one, and nothing opens. */
async function answerQuestion(
  { request, reply, device, name }: DeviceCall,
  fields: Fields,
  { intake, contacts, waitMs }: { intake: DeviceIntake; contacts: DeviceContacts; waitMs: number },
): Promise<FastifyReply> {
  const principal = principalOf(request);
  const passage = passageAsked(name, fields);
  const door = doorOf(device, passage?.portal);
  const readerId = readerAt(device, passage?.portal, undefined);
  const result = (event: number, message: string, opened?: DeviceDoor) =>
    json(reply, {
      result: {
        event,
        user_id: Number(firstField(fields, ['user_id'])) || 0,
        user_name: '',
        user_image: false,
        portal_id: Number(firstField(fields, ['portal_id'])) || 0,
        actions: opened === undefined ? [] : [actionOf(opened)],
        message,
      },
    });
  if (passage === undefined) return result(ANSWERS.notIdentified, 'not identified');
  if (door === undefined || readerId === undefined) {
    request.log.error({ deviceId: device.deviceId, ...passage }, 'a device asked for a portal that it does not have');
    return result(ANSWERS.denied, 'unknown portal');
  }
  const clock = new WallClock(device.timeZone, Date.now());
  const when = firstField(fields, ['uuid']) ?? randomUUID();
  const swipe = swipeOf(passage, { device, principal, readerId, clock, when });
  contacts.seen(request, { clockOffsetMs: clock.offsetMs(true) });
  const { opens, reason, text } = await verdictOn(swipe, request, { intake, waitMs });
  if (opens) return result(ANSWERS.granted, text, door);
  return result(reason === 'denied-unknown-credential' ? ANSWERS.notIdentified : ANSWERS.denied, text);
}

interface Made {
  device: DeviceOfKey;
  principal: Principal;
  readerId: string;
  clock: WallClock;
  /** Id that tells events apart that have no time. */
  when: string;
}

/** The question and the record of the log have time and person in common, so they are one swipe. */
function swipeOf(
  { wallMs, cardNumber, userId = '', isDuress }: Passage,
  { device: { deviceId }, principal: { tenantId, cardNumbering }, readerId, clock, when }: Made,
): Swipe {
  const sent = cardNumber ?? userCardId('control-id', userId);
  return {
    swipeId: swipeIdOf([tenantId, deviceId, 'swipe', wallMs === undefined ? when : String(wallMs), sent]),
    readerId,
    cardId: cardNumberFor(sent, cardNumbering?.formats.get(readerId)),
    readAt: wallMs === undefined ? new Date().toISOString() : clock.instant(wallMs),
    ...(isDuress ? { duress: true } : {}),
  };
}

/** Stores the records of the device's log. @throws {ProblemError} if the device must send them again */
async function storeRecords(
  { request, device }: DeviceCall,
  content: unknown,
  { intake, contacts }: { intake: DeviceIntake; contacts: DeviceContacts },
): Promise<void> {
  const principal = principalOf(request);
  const clock = new WallClock(device.timeZone, Date.now());
  const [swipes, events]: [Swipe[], DoorEvent[]] = [[], []];
  for (const record of recordsIn(content)) {
    const door = record.kind === 'access' ? record.passage.portal : doorOfRecord(record, device);
    const readerId = readerAt(device, door, undefined);
    if (readerId === undefined) {
      intake.park(request, record);
    } else if (record.kind === 'access') {
      const swipe = swipeOf(record.passage, { device, principal, readerId, clock, when: record.id });
      swipes.push({ ...swipe, offlineOutcome: record.outcome });
    } else {
      events.push({
        eventId: swipeIdOf([principal.tenantId, device.deviceId, 'door-event', record.id]),
        readerId,
        type: record.type,
        occurredAt: record.wallMs === undefined ? new Date().toISOString() : clock.instant(record.wallMs),
      });
    }
  }
  contacts.seen(request, { clockOffsetMs: clock.offsetMs(false) });
  if (clock.ahead > 0) {
    request.log.warn({ deviceId: device.deviceId, records: clock.ahead }, 'the clock of a device is ahead');
  }
  await Promise.all([
    intake.store(DEVICE_SWIPE_ITEMS, swipes, request),
    intake.store(DOOR_EVENT_ITEMS, events, request),
  ]);
}

function doorOfRecord({ door, action }: AlarmRecord, device: DeviceOfKey): number | undefined {
  return action === undefined ? door : doorOfAction(action, device);
}

function json(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(JSON.stringify(value));
}
