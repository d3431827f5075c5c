import t from 'tap';
import {
  alarmDay,
  alarmKey,
  decidedKey,
  eventKey,
  keyInstant,
  nameKey,
  placeKey,
  placeOfKey,
  placePrefix,
} from '../index.js';

const swipeId = '0193a1d2-7c1e-7000-8000-000000000001';

t.test('keys sort by time, whatever the offset of the timestamps', async (t) => {
  const readAt = '2026-11-24T08:15:30.2509+01:00';
  const receivedAt = '2026-11-24T09:00:00Z';
  t.equal(eventKey({ timeBasis: 'readAt', readAt, receivedAt, swipeId }), `2026-11-24T07:15:30.250Z#${swipeId}`);
  t.equal(eventKey({ timeBasis: 'receivedAt', readAt, receivedAt, swipeId }), `2026-11-24T09:00:00.000Z#${swipeId}`);
  t.equal(decidedKey({ decidedAt: receivedAt, swipeId }), `2026-11-24T09:00:00.000Z#${swipeId}`);
});

t.test('every day of a calendar has the key that its instant has, also one that does not exist', async (t) => {
  const two = (n: number) => String(n).padStart(2, '0');
  for (const year of ['2023', '2024', '1900']) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= 31; day++) {
        const text = `${year}-${two(month)}-${two(day)}T23:59:59.999Z`;
        const key = new Date(Date.parse(text)).toISOString();
        if (keyInstant(text) !== key) t.equal(keyInstant(text), key, text);
      }
    }
  }
  t.pass('no other day');
});

t.test('an instant outside four-digit years is clamped, so that rows stay readable and sorted', async (t) => {
  t.equal(keyInstant('0000-01-01T00:00:00+01:00'), '0000-01-01T00:00:00.000Z');
  t.equal(keyInstant('9999-12-31T23:59:59-23:59'), '9999-12-31T23:59:59.999Z');
  t.equal(keyInstant(-8.64e15), '0000-01-01T00:00:00.000Z');
});

t.test('an alarm belongs to the UTC day of its occurrence', async (t) => {
  const occurredAt = '2026-11-25T00:30:00+01:00';
  t.equal(alarmDay('acme', occurredAt), 'acme/2026-11-24');
  t.equal(alarmKey(occurredAt, swipeId), `2026-11-24T23:30:00.000Z#${swipeId}`);
});

t.test('a place key begins with the prefix of its zone only', async (t) => {
  const key = placeKey({ zoneId: 'lab:2', since: '2026-11-24T07:00:00.000Z' });
  t.equal(key, 'lab:2#2026-11-24T07:00:00.000Z');
  t.same(placeOfKey(key), { zoneId: 'lab:2', since: '2026-11-24T07:00:00.000Z' });
  const seen = { zoneId: 'lab:2', since: '2026-11-24T07:00:00.000Z', readerId: 'lab-out', direction: 'out' } as const;
  t.equal(placeKey(seen), `${key}#out#lab-out`);
  t.same(placeOfKey(placeKey(seen)), seen);
  t.ok(key.startsWith(placePrefix('lab:2')));
  t.notOk(key.startsWith(placePrefix('lab')));
});

t.test('the keys of names sort as a dictionary does', async (t) => {
  const names = [
    'zoe',
    'Äbtissin',
    'Anna',
    'anna-maria',
    'Ann Lee',
    'Ann',
    'Łukasz',
    'Lukas',
    'Öz',
    'Ole',
    'ÉMILE',
    '東',
  ];
  const sorted = names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const { compare } = new Intl.Collator('en');
  t.same(sorted, names.toSorted(compare));
  t.equal(key('Ju\u0308rgen\u00a0Müller'), key('JÜRGEN MULLER'), 'NFC, NFD, spaces and accents make no difference');
  t.ok(Buffer.byteLength(key('\ufdfa'.repeat(128))) <= 1_024, 'DynamoDB’s limit of a key');
  t.notMatch(key('😀'.repeat(200)), /\p{Cs}/u, 'no half character');

  function key(name: string): string {
    return nameKey({ name, employeeId: 'emp-1' });
  }
});
