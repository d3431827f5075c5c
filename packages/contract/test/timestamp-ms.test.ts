import fc from 'fast-check';
import t from 'tap';
import { timestampMs } from '../values/timestamp-ms.js';

t.test('valid times equal Date.parse', async (t) => {
  const two = (n: number) => String(n).padStart(2, '0');
  const date = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true,
  });
  const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,3}$/));
  const offset = fc.oneof(
    fc.constantFrom('Z', 'z', '+00:00', '-00:00'),
    fc
      .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map(([sign, hours, minutes]) => `${sign}${two(hours)}:${two(minutes)}`),
  );
  fc.assert(
    fc.property(date, fc.constantFrom('T', 't'), fraction, offset, (at, letter, part, zone) => {
      const text = `${at.toISOString().slice(0, 10)}${letter}${at.toISOString().slice(11, 19)}${part}${zone}`;
      return timestampMs(text) === Date.parse(text.toUpperCase());
    }),
  );
  t.equal(timestampMs('2026-11-25T01:02:03.123456789Z'), Date.parse('2026-11-25T01:02:03.123Z'));
});

t.test('times that do not exist are NaN', async (t) => {
  for (const text of [
    '2025-02-29T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00-01:60',
  ]) {
    t.ok(Number.isNaN(timestampMs(text)), text);
  }
  t.equal(timestampMs('2024-02-29T00:00:00Z'), Date.UTC(2024, 1, 29));
  t.equal(timestampMs('2000-02-29T00:00:00Z'), Date.UTC(2000, 1, 29));
});
