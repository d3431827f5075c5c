import { cardWrittenAs } from './card-writing.js';
import { type DeviceClock, wallText } from './device-clock.js';
import { type Cause, type DeviceRequest, jsonOf, memberOf, type Protocol, type Reading } from './protocol.js';

/** Forms of body that models send. */
export const HIKVISION_FORMS = ['json', 'multipart', 'xml'] as const;
export type HikvisionForm = (typeof HIKVISION_FORMS)[number];

interface HikvisionOptions {
  key: string;
  clock: DeviceClock;
  form: HikvisionForm;
}

/** Kinds of event 5: card passed, no right, not known, and remote verification without an answer. */
const KINDS: Readonly<Record<Cause, number>> = {
  'alone-granted': 1,
  'alone-denied': 9,
  'answer-granted': 1,
  'answer-denied': 6,
  'no-answer': 6,
};
const NO_DECISION: ReadonlySet<unknown> = new Set(['no decision', 'try again']);
const BOUNDARY = 'MIME_boundary';
const PICTURE = 'x'.repeat(20_000);
/** Questions and records have numbers of their own. */
const RECORDS_FROM = 1_000_000;

/** A terminal with remote verification in the answer (`remoteCheckWithISAPIListen`: sync). One event is in one body. */
export function hikvision({ key, clock, form }: HikvisionOptions): Protocol {
  const post = (event: object): DeviceRequest => ({ method: 'POST', path: `/d/${key}`, ...bodyIn(form, event) });
  const eventOf = (reading: Reading, details: object) => ({
    ipAddress: '192.0.2.10',
    portNo: 80,
    channelID: 1,
    dateTime: timeOf(reading, clock),
    activePostCount: 1,
    eventType: 'AccessControllerEvent',
    eventState: 'active',
    eventDescription: 'Access Controller Event',
    AccessControllerEvent: {
      deviceName: 'Terminal',
      majorEventType: 5,
      cardNo: 'uid' in reading.credential ? cardWrittenAs(reading.way.format, reading.credential.uid) : '',
      cardType: 1,
      cardReaderNo: reading.way.direction === 'in' ? 1 : 2,
      doorNo: reading.way.door,
      ...details,
    },
  });
  return {
    hello: [post({ dateTime: '2026-01-01T00:00:00Z', eventType: 'heartBeat', eventState: 'active' })],
    numbersRecordsApart: true,
    asks: {
      question: (reading) =>
        post(eventOf(reading, { subEventType: 1, serialNo: reading.index, currentEvent: true, remoteCheck: true })),
      heard(answer, { index }) {
        const check = memberOf(jsonOf(answer), 'RemoteCheck');
        if (answer.status !== 200 || check === undefined || NO_DECISION.has(memberOf(check, 'info')))
          return 'undecided';
        const isIts = memberOf(check, 'serialNo') === index;
        return isIts && memberOf(check, 'checkResult') === 'success' ? 'granted' : 'denied';
      },
    },
    reports: {
      report([record]) {
        if (record === undefined) throw new RangeError('a report needs a record');
        const { reading, cause, isBuffered } = record;
        const serialNo = RECORDS_FROM + reading.index;
        return post(
          eventOf(reading, {
            subEventType: KINDS[cause],
            serialNo,
            frontSerialNo: serialNo - 1,
            currentEvent: !isBuffered,
            statusValue: 0,
          }),
        );
      },
      isTaken: ({ status }) => status === 200,
    },
  };
}

/** RFC 3339 with the offset of the device's zone. */
function timeOf({ shownMs }: Reading, clock: DeviceClock): string {
  const wallMs = clock.wallMs(shownMs);
  const minutes = (wallMs - shownMs) / 60_000;
  const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
  return `${wallText(wallMs).replace(' ', 'T')}${minutes < 0 ? '-' : '+'}${offset}`;
}

function bodyIn(form: HikvisionForm, event: object): Pick<DeviceRequest, 'type' | 'body'> {
  const json = JSON.stringify(event);
  if (form === 'json') return { type: 'application/json', body: json };
  if (form === 'xml') {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<EventNotificationAlert version="2.0">${xmlOf(event)}</EventNotificationAlert>`;
    return { type: 'application/xml; charset="UTF-8"', body: xml };
  }
  const parts = [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="event_log"\r\n`,
    `Content-Type: application/json; charset="UTF-8"\r\nContent-Length: ${json.length}\r\n\r\n${json}\r\n`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="Picture"; filename="Picture.jpg"\r\n`,
    `Content-Type: image/jpeg\r\n\r\n${PICTURE}\r\n--${BOUNDARY}--\r\n`,
  ];
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, body: parts.join('') };
}

function xmlOf(value: object): string {
  return Object.entries(value)
    .map(([name, inner]: [string, unknown]) => {
      return `<${name}>${typeof inner === 'object' && inner !== null ? xmlOf(inner) : String(inner)}</${name}>`;
    })
    .join('');
}
