import { cardWrittenAs } from './card-writing.js';
import { type DeviceClock, wallText } from './device-clock.js';
import type { Cause, DeviceRequest, Protocol, Reading, RingRecord } from './protocol.js';

interface ZktecoOptions {
  serial: string;
  clock: DeviceClock;
  /** Its OEM keeps the suffix `.aspx` of the first server. */
  hasSuffix: boolean;
  /** Ends lines with a carriage return alone. */
  endsLinesWithReturn: boolean;
}

/** Numbers of events, from appendix 2 of the Security PUSH protocol. */
const EVENTS: Readonly<Record<Cause, number>> = {
  'alone-granted': 0,
  'alone-denied': 27,
  'answer-granted': 222,
  'answer-denied': 44,
  'no-answer': 45,
};
const DAY_SECONDS = 86_400;

/** A time clock, which decides alone and knows people by a number (Attendance PUSH 2.4). */
export function zktecoClock({ clock, ...options }: ZktecoOptions): Protocol {
  const path = pathOf(options);
  return {
    hello: [
      { method: 'GET', path: path('cdata', 'options=all&pushver=2.4.1&language=69&DeviceType=att') },
      { method: 'GET', path: path('getrequest') },
    ],
    reports: {
      report(records) {
        const lines = records.map(({ reading: { credential, shownMs, way } }) => {
          const time = wallText(clock.wallMs(shownMs));
          return [pinOf(credential), time, way.direction === 'in' ? 0 : 1, 1, 0, 0, 0].join('\t');
        });
        return table(path('cdata', 'table=ATTLOG&Stamp=9999'), lines, options);
      },
      isTaken: ({ status, body }, sent) => status === 200 && body.toString() === `OK: ${sent}`,
    },
  };
}

/** A door controller (Security PUSH 3.1). @param asks whether it lets the gateway decide (`AutoServerMode=1`) */
export function zktecoPanel({ clock, asks, ...options }: ZktecoOptions & { asks: boolean }): Protocol {
  const path = pathOf(options);
  const about = 'DeviceType=acc,~DeviceName=C3-400,FirmVer=AC Ver 5.7.7,LockCount=4,ReaderCount=4,AutoServerFunOn=1';
  const fields = ({ way, credential, shownMs }: Reading, event: number) => [
    `time=${wallText(clock.wallMs(shownMs))}`,
    `pin=${pinOf(credential)}`,
    `cardno=${cardOf(way, credential)}`,
    `eventaddr=${way.door}`,
    `event=${event}`,
    `inoutstatus=${way.direction === 'in' ? 0 : 1}`,
  ];
  return {
    hello: [
      { method: 'GET', path: path('cdata', 'pushver=3.0.1&options=all') },
      { method: 'POST', path: path('registry'), body: about },
      { method: 'POST', path: path('push') },
      { method: 'GET', path: path('rtdata', 'type=time') },
      { method: 'GET', path: path('getrequest') },
    ],
    ...(asks && {
      asks: {
        question: (reading) =>
          table(path('cdata', 'AuthType=device'), [[...fields(reading, 0), 'verifytype=4'].join('\t')], options),
        heard({ status, body }, { way }) {
          const text = body.toString();
          if (status !== 200 || text.startsWith('AUTH=TIMEOUT')) return 'undecided';
          const door = way.door.toString(16).padStart(2, '0').toUpperCase();
          const opens = text.startsWith('AUTH=SUCCESS\r\n') && text.endsWith(`\r\nCONTROL DEVICE 01${door}0105`);
          return opens ? 'granted' : 'denied';
        },
      },
    }),
    reports: {
      report(records) {
        if (records[0]?.isBuffered !== true) {
          const lines = records.map(({ reading, cause }) =>
            [...fields(reading, EVENTS[cause]), 'verifytype=0000100000000000', `index=${reading.index}`].join('\t'),
          );
          return table(path('cdata', 'table=rtlog'), lines, options);
        }
        const lines = records.map((record) => transaction(record, clock));
        return table(path('cdata', `table=tabledata&tablename=transaction&count=${lines.length}`), lines, options);
      },
      isTaken: ({ status, body }, sent) => status === 200 && ['OK', `transaction=${sent}`].includes(body.toString()),
    },
  };
}

function transaction({ reading: { way, credential, shownMs, index }, cause }: RingRecord, clock: DeviceClock): string {
  const fields = [
    `transaction cardno=${cardOf(way, credential)}`,
    `pin=${pinOf(credential)}`,
    'verified=4',
    `doorid=${way.door}`,
    `eventtype=${EVENTS[cause]}`,
    `inoutstate=${way.direction === 'in' ? 0 : 1}`,
    `time_second=${countedSeconds(clock.wallMs(shownMs))}`,
    `index=${index}`,
    'sitecode=0',
    'devid=1',
  ];
  return fields.join('\t');
}

/** Seconds since 2000 in years of twelve months of 31 days (appendix 5). */
function countedSeconds(wallMs: number): number {
  const wall = new Date(wallMs);
  const days = (wall.getUTCFullYear() - 2_000) * 12 * 31 + wall.getUTCMonth() * 31 + wall.getUTCDate() - 1;
  return days * DAY_SECONDS + wall.getUTCHours() * 3_600 + wall.getUTCMinutes() * 60 + wall.getUTCSeconds();
}

function pathOf({ serial, hasSuffix }: Pick<ZktecoOptions, 'serial' | 'hasSuffix'>) {
  const suffix = hasSuffix ? '.aspx' : '';
  return (name: string, query = '') => `/iclock/${name}${suffix}?SN=${serial}${query && `&${query}`}`;
}

function table(
  path: string,
  lines: readonly string[],
  { endsLinesWithReturn }: Pick<ZktecoOptions, 'endsLinesWithReturn'>,
): DeviceRequest {
  const end = endsLinesWithReturn ? '\r' : '\r\n';
  return { method: 'POST', path, type: 'application/push;charset=UTF-8', body: lines.join(end) + end };
}

function pinOf(credential: Reading['credential']): string {
  return 'pin' in credential ? credential.pin : '0';
}

function cardOf({ format }: Reading['way'], credential: Reading['credential']): string {
  return 'uid' in credential ? cardWrittenAs(format, credential.uid) : '0';
}
