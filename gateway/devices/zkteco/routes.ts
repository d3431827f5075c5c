import { hashDeviceSerial } from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { offsetAt } from '@swipegate/contract/values/wall-clock';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type KeyHashOf, principalOf } from '../../auth/authenticate.js';
import type { CommandOutbox } from '../commands.js';
import type { DeviceContacts } from '../contacts.js';
import { deviceOf } from '../device.js';
import type { DeviceIntake } from '../device-intake.js';
import { type Fields, fieldsOf, firstField } from '../field.js';
import type { RefusedDevices } from '../refused-devices.js';
import { ACCESS_CONTROLLER, describedIn, firmwareOf, kindOf } from './about.js';
import { isQuestion, postedTable, tableOf, useTableBodies } from './body.js';
import { countOfWallTime } from './clock.js';
import { answerWithCommands, noteResults } from './commands.js';
import { answerQuestion } from './question.js';
import { linesIn } from './records.js';
import { answerInText, serialOf } from './refusals.js';
import { Reports } from './reports.js';

export interface ZktecoOptions {
  intake: DeviceIntake;
  contacts: DeviceContacts;
  refused: RefusedDevices;
  outbox: CommandOutbox;
  /** Longest wait for a decision, ms. */
  maxWaitMs: number;
}

const MOST_DEVICES = 10_000;
/** Buffered records come in bodies of some hundred lines. */
const BODY_BYTES = 2 * 1_024 * 1_024;

/** Options of an access controller. Realtime: it tells of each event at once. RequestDelay: it asks for commands, s. */
const ACCESS_OPTIONS = [
  ...['ServerVersion=3.1.2', 'ServerName=ADMS', 'PushProtVer=3.1.2', 'ErrorDelay=30', 'RequestDelay=3'],
  ...['TransTimes=00:00;14:05', 'TransInterval=1', 'TransTables=User Transaction', 'Realtime=1', 'TimeoutSec=10'],
];
/** Options of a time clock. Without TimeZone, it keeps its own: firmwares read that option in different units. */
const ATTENDANCE_OPTIONS = [
  ...['ATTLOGStamp=9999', 'OPERLOGStamp=9999', 'ATTPHOTOStamp=None', 'ErrorDelay=30', 'Delay=10'],
  ...['TransTimes=00:00;14:05', 'TransInterval=1', 'TransFlag=1111000000', 'Realtime=1', 'Encrypt=None'],
];

/** Finds the row of the device that names itself by a serial number. @param tenantId undefined: no device is known */
export function serialHash(tenantId: string | undefined): KeyHashOf {
  return (request) => {
    const serial = serialOf(request);
    return tenantId === undefined || serial === undefined ? undefined : hashDeviceSerial(tenantId, 'zkteco', serial);
  };
}

/**
 * Adds the routes of ZKTeco's PUSH protocols (ADMS): time clocks, which report whom they let in, and access
 * controllers, which may ask. The formats are those of "Security PUSH Communication Protocol" 3.1.2 and of "Attendance
 * PUSH" 2.4.2. A device sends again for ever what gets another answer than its own.
 */
export function zktecoRoutes(
  api: FastifyInstance,
  { intake, contacts, refused, outbox, maxWaitMs }: ZktecoOptions,
): void {
  useTableBodies(api);
  answerInText(api, refused);
  api.addHook('preHandler', (request, _reply, done) => {
    contacts.seen(request);
    const isClock = speaksAsClock(request);
    const { keyId } = principalOf(request);
    // A time clock never speaks as a controller; a controller may send a table of clocks.
    if (isClock !== undefined && clocks.get(keyId) !== false) clocks.set(keyId, isClock);
    done();
  });
  const reports = new Reports(intake, contacts);
  /** Whether each device speaks as a time clock. One that has not said counts as an access controller. */
  const clocks = new LRUCache<string, boolean>({ max: MOST_DEVICES });

  const answers: Readonly<Record<string, (request: FastifyRequest, query: Fields) => string | Promise<string>>> = {
    'GET cdata': (request, query) => handshake(request, query),
    'POST cdata': (request, query) =>
      isQuestion(query)
        ? answerQuestion(postedTable(request).text, request, { intake, contacts, maxWaitMs })
        : storeTable(request, query, { reports, contacts }),
    'POST registry': (request) => {
      contacts.seen(request, describedIn(postedTable(request).text));
      return `RegistryCode=${codeOf(request, 'registry')}`;
    },
    'GET push': optionsOf,
    'POST push': optionsOf,
    'GET rtdata': time,
    'GET getrequest': (request, query) => {
      contacts.seen(request, { firmware: firmwareOf(query) });
      return answerWithCommands(request, outbox, clocks.get(principalOf(request).keyId) === true);
    },
    'GET ping': () => 'OK',
    'POST devicecmd': (request) => noteResults(postedTable(request).text, request, outbox),
    'POST querydata': () => 'OK',
    'POST fdata': () => 'OK',
  };
  for (const [route, answer] of Object.entries(answers)) {
    const [method = '', path = ''] = route.split(' ');
    // OEMs keep the suffix of the server for which the protocol was made.
    for (const url of [`/iclock/${path}`, `/iclock/${path}.aspx`]) {
      api.route({
        method,
        url,
        bodyLimit: BODY_BYTES,
        exposeHeadRoute: false,
        handler: async (request, reply) => send(reply, await answer(request, fieldsOf(request.query))),
      });
    }
  }
}

function send(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'text/plain').header('cache-control', 'no-store').send(text);
}

const CLOCK_TABLES: ReadonlySet<string> = new Set(['attlog', 'operlog']);
const ACCESS_TABLES: ReadonlySet<string> = new Set(['rtlog', 'rtstate', 'tabledata']);
const ACCESS_PATH = /^\/iclock\/(?:registry|push|rtdata)\b/;

/** Whether a request is one of a time clock, or of an access controller. Undefined: both have it. */
function speaksAsClock(request: FastifyRequest): boolean | undefined {
  const query = fieldsOf(request.query);
  const table = tableOf(query);
  if (CLOCK_TABLES.has(table)) return true;
  if (ACCESS_TABLES.has(table) || isQuestion(query) || ACCESS_PATH.test(request.url)) return false;
  return request.method === 'GET' && firstField(query, ['options']) === 'all'
    ? kindOf(query) !== ACCESS_CONTROLLER
    : undefined;
}

/** An access controller hears that it is not registered, so that it registers: the gateway keeps no state of it. */
function handshake(request: FastifyRequest, query: Fields): string {
  if (kindOf(query) === ACCESS_CONTROLLER) return 'OK';
  if (tableOf(query) !== '') return 'OK';
  return [`GET OPTION FROM: ${serialOf(request)}`, ...ATTENDANCE_OPTIONS].join('\n');
}

function optionsOf(request: FastifyRequest): string {
  return [...ACCESS_OPTIONS, `SessionID=${codeOf(request, 'session')}`].join('\n');
}

/** A code that a device expects. It proves nothing: both come to the device in clear. */
function codeOf(request: FastifyRequest, purpose: string): string {
  const { tenantId } = principalOf(request);
  return swipeIdOf([purpose, tenantId, serialOf(request) ?? ''])
    .replaceAll('-', '')
    .slice(0, 10);
}

function time(request: FastifyRequest): string {
  const nowMs = Date.now();
  const minutes = Math.round(offsetAt(nowMs, deviceOf(request).timeZone) / 60_000);
  const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const zone = `${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}${String(minute).padStart(2, '0')}`;
  return `DateTime=${countOfWallTime(nowMs)},ServerTZ=${zone}`;
}

/** Stores what a device reports. @returns the answer that ends its sending */
async function storeTable(
  request: FastifyRequest,
  query: Fields,
  { reports, contacts }: { reports: Reports; contacts: DeviceContacts },
): Promise<string> {
  const { text, skippedLines } = postedTable(request);
  const lines = linesIn(text);
  switch (tableOf(query)) {
    case 'attlog':
      await reports.attendance(lines, request);
      return `OK: ${lines.length}`;
    case 'rtlog':
      await reports.access(lines, request);
      return 'OK';
    case 'rtstate':
      await reports.state(lines, request);
      return 'OK';
    case 'tabledata': {
      await reports.access(lines, request);
      const [name = '', count = ''] = [firstField(query, ['tablename']), firstField(query, ['count'])];
      if (!/^\w{1,64}$/.test(name)) return 'OK';
      return `${name}=${/^\d{1,9}$/.test(count) ? count : lines.length + skippedLines}`;
    }
    case 'options':
      contacts.seen(request, describedIn(text));
      return 'OK';
    default:
      return skippedLines === 0 ? 'OK' : `OK: ${skippedLines}`;
  }
}
