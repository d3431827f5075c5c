import { cardWrittenAs } from './card-writing.js';
import { type Cause, type DeviceRequest, jsonOf, memberOf, type Protocol, type Reading } from './protocol.js';

/** Forms of body that firmwares send. */
export const DAHUA_FORMS = ['json', 'multipart', 'open multipart', 'single quotes', 'false encoding'] as const;
export type DahuaForm = (typeof DAHUA_FORMS)[number];

const NO_DECISION: ReadonlySet<unknown> = new Set(['no decision', 'try again']);
const BOUNDARY = 'myboundary';
/** A picture of the person, which the gateway drops unread. */
const PICTURE = 'x'.repeat(20_000);
const LET_IN: ReadonlySet<Cause> = new Set(['alone-granted', 'answer-granted']);

/** A terminal in online mode: an event alone is a question, and those that it could not ask about go to `events`. */
export function dahua({ key, form }: { key: string; form: DahuaForm }): Protocol {
  const post = (name: string, events: readonly object[]): DeviceRequest => ({
    method: 'POST',
    path: `/d/${key}/${name}`,
    ...bodyIn(form, JSON.stringify({ Events: events })),
  });
  return {
    hello: [{ method: 'GET', path: `/d/${key}/keepalive` }],
    asks: {
      question: (reading) => post('notification', [eventOf(reading, true)]),
      heard(answer) {
        const said = jsonOf(answer);
        if (answer.status !== 200 || NO_DECISION.has(memberOf(said, 'message'))) return 'undecided';
        return memberOf(said, 'auth') === 'true' ? 'granted' : 'denied';
      },
    },
    reports: {
      report: (records) =>
        post(
          'events',
          records.map(({ reading, cause }) => eventOf(reading, LET_IN.has(cause))),
        ),
      isTaken: (answer) => answer.status === 200 && memberOf(jsonOf(answer), 'code') === '200',
    },
  };
}

function eventOf({ way, credential, shownMs }: Reading, hasPassed: boolean) {
  return {
    Action: 'Pulse',
    Code: 'AccessControl',
    Data: {
      CardName: 'N.N.',
      CardNo: 'uid' in credential ? cardWrittenAs(way.format, credential.uid) : '',
      CardType: 0,
      Door: way.door,
      ErrorCode: hasPassed ? 0 : 16,
      Method: 1,
      ReaderID: '1',
      Status: hasPassed ? 1 : 0,
      Type: way.direction === 'in' ? 'Entry' : 'Exit',
      UTC: shownMs / 1_000,
      UserID: '',
      UserType: 0,
    },
    Index: way.door,
  };
}

function bodyIn(form: DahuaForm, json: string): Pick<DeviceRequest, 'type' | 'encoding' | 'body'> {
  if (form === 'single quotes') return { type: 'text/plain', body: json.replaceAll('"', "'") };
  if (form === 'false encoding') return { type: 'application/json', encoding: 'deflate', body: json };
  if (form === 'json') return { type: 'application/json', body: json };
  const parts = [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="info"\r\nContent-Type: text/plain\r\n\r\n${json}\r\n`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/jpeg\r\n\r\n${PICTURE}`,
    form === 'multipart' ? `\r\n--${BOUNDARY}--\r\n` : '',
  ];
  return { type: `multipart/form-data; boundary="${BOUNDARY}"`, body: parts.join('') };
}
