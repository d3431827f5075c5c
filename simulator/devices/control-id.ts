import { cardWrittenByControlId } from './card-writing.js';
import type { DeviceClock } from './device-clock.js';
import { type Cause, jsonOf, memberOf, type Protocol, type Reading } from './protocol.js';

interface ControlIdOptions {
  key: string;
  clock: DeviceClock;
  deviceNumber: number;
  /** Sends its forms as another type. */
  liesAboutType: boolean;
}

/** Numbers of events in access_logs, by why the record is there. */
const EVENTS: Readonly<Record<Cause, number>> = {
  'alone-granted': 7,
  'alone-denied': 6,
  'answer-granted': 7,
  'answer-denied': 6,
  'no-answer': 5,
};
/** Messages of denials that no rule made. */
const NO_DECISION: ReadonlySet<unknown> = new Set(['no decision', 'try again']);
const GRANTED = 7;

/** A terminal or turnstile in mode Enterprise: it asks with each card, and its Monitor reports its log. */
export function controlId({ key, clock, deviceNumber, liesAboutType }: ControlIdOptions): Protocol {
  const seconds = (shownMs: number) => String(clock.wallMs(shownMs) / 1_000);
  const form = liesAboutType ? 'text/html' : 'application/x-www-form-urlencoded';
  const path = (name: string) => `/d/${key}/${name}`;
  return {
    hello: [{ method: 'POST', path: path('device_is_alive.fcgi'), type: form, body: 'access_logs=0' }],
    asks: {
      question: (reading) => ({
        method: 'POST',
        path: path('new_card.fcgi'),
        type: form,
        body: new URLSearchParams({
          device_id: String(deviceNumber),
          card_value: cardOf(reading),
          portal_id: String(reading.way.door),
          identifier_id: '1',
          uuid: `${deviceNumber}-${reading.index}`,
          time: seconds(reading.shownMs),
          event: '7',
        }).toString(),
      }),
      heard(answer, { way }) {
        const result = memberOf(jsonOf(answer), 'result');
        const message = memberOf(result, 'message');
        if (answer.status !== 200 || result === undefined || NO_DECISION.has(message)) return 'undecided';
        const actions: unknown = memberOf(result, 'actions');
        const [action]: unknown[] = Array.isArray(actions) ? actions : [];
        const opens = memberOf(action, 'action') === 'door' && memberOf(action, 'parameters') === `door=${way.door}`;
        return memberOf(result, 'event') === GRANTED && opens ? 'granted' : 'denied';
      },
    },
    reports: {
      report: (records) => ({
        method: 'POST',
        path: path('api/notifications/dao'),
        type: 'application/json',
        body: JSON.stringify({
          object_changes: records.map(({ reading, cause }) => ({
            object: 'access_logs',
            type: 'inserted',
            values: {
              id: String(reading.index),
              time: seconds(reading.shownMs),
              event: String(EVENTS[cause]),
              device_id: String(deviceNumber),
              identifier_id: '0',
              user_id: '0',
              portal_id: String(reading.way.door),
              card_value: cardOf(reading),
              log_type_id: '-1',
            },
          })),
          device_id: deviceNumber,
        }),
      }),
      isTaken: ({ status }) => status === 200,
    },
  };
}

function cardOf({ way, credential }: Reading): string {
  return 'uid' in credential ? cardWrittenByControlId(way.format, credential.uid) : '0';
}
