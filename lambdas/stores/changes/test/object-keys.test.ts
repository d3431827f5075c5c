import fc from 'fast-check';
import t from 'tap';
import { eventKeyOf, parseEventKey, positionOf, sequenceText, storedKeys } from '../object-keys.js';

const someName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const someDay = fc.constantFrom('2026-11-24', '2026-11-25', '2026-12-01', '2027-01-01');
const someSequence = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }).map(String);
const somePlace = fc.record({ tenantId: someName, day: someDay, sequence: someSequence });
const someSubject = fc.record({ cardId: fc.option(someName, { nil: undefined }), changeId: fc.uuid() });

t.test('the place can be parsed from the key for any ids', async () => {
  fc.assert(
    fc.property(somePlace, someSubject, (place, subject) => {
      const parsed = parseEventKey(eventKeyOf(place, subject));
      return (
        parsed?.tenantId === place.tenantId &&
        parsed.day === place.day &&
        parsed.sequence === sequenceText(place.sequence)
      );
    }),
  );
});

t.test('keys of a tenant sort by day, then by sequence number, for any ids', async () => {
  fc.assert(
    fc.property(somePlace, somePlace, someSubject, someSubject, (a, b, subjectOfA, subjectOfB) => {
      const [keyA, keyB] = [eventKeyOf(a, subjectOfA), eventKeyOf({ ...b, tenantId: a.tenantId }, subjectOfB)];
      if (a.day === b.day && a.sequence === b.sequence) return true;
      const isBefore = a.day === b.day ? BigInt(a.sequence) < BigInt(b.sequence) : a.day < b.day;
      const [placeA, placeB] = [parseEventKey(keyA), parseEventKey(keyB)];
      if (placeA === undefined || placeB === undefined) return false;
      return keyA < keyB === isBefore && positionOf(placeA) < positionOf(placeB) === isBefore;
    }),
  );
});

t.test('other keys are not parsed', (t) => {
  for (const key of [
    '',
    'events/',
    'events/demo/2026-11-25/',
    'events/demo/2026-11-25/1-none-x.json',
    'events/../2026-11-25/00000000000000000001-none-x.json',
    'placements/demo/2026-11-25/00000000000000000001-none-x.json',
    'events/demo/2026-11-25/00000000000000000001-none-x.json.exe',
    'events/demo/2026-11-25/00000000000000000001-a/b-x.json',
  ]) {
    t.equal(parseEventKey(key), undefined, key);
  }
  t.end();
});

const notice = (...keys: unknown[]) => JSON.stringify({ Records: keys.map((key) => ({ s3: { object: { key } } })) });

t.test('keys are decoded', (t) => {
  t.same(storedKeys(notice('imports/demo/a.csv')), ['imports/demo/a.csv']);
  t.same(storedKeys(notice('a+b', 'a%2Bb', 'M%C3%BCller', 'a%2Fb')), ['a b', 'a+b', 'Müller', 'a/b']);
  t.same(storedKeys(notice()), []);
  t.end();
});

t.test('other texts have no keys', (t) => {
  const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' };
  for (const body of ['', 'null', '[]', '{', '"a"', JSON.stringify(test), '{"Records":{}}', '{"Records":[{}]}']) {
    t.same(storedKeys(body), [], body);
  }
  for (const key of [1, null, ['a'], {}]) t.same(storedKeys(notice('a', key)), [], JSON.stringify(key));
  t.same(storedKeys(notice('%zz')), []);
  t.end();
});
