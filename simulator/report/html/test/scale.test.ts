import fc from 'fast-check';
import t from 'tap';
import { latencyScale, linearScale, logScale, timeAxis } from '../scale.js';

t.test('ticks are round numbers', async (t) => {
  t.strictSame(linearScale(433).ticks, [0, 100, 200, 300, 400, 500]);
  t.strictSame(linearScale(3).ticks, [0, 1, 2, 3]);
  t.strictSame(linearScale(0).ticks.at(-1), 1, 'of nothing');
  t.strictSame(logScale(3, 40).ticks, [1, 2, 5, 10, 20, 50, 100]);
  t.strictSame(logScale(0.5, 9_000).ticks, [0.1, 1, 10, 100, 1_000, 10_000]);
  t.strictSame(timeAxis(-10, 299).ticks, [0, 60, 120, 180, 240]);
  t.strictSame(timeAxis(0, 0).ticks, [0]);
});

t.test('logarithmic if a linear scale would flatten all but the greatest', async (t) => {
  t.equal(latencyScale([1, 59]).kind, 'linear');
  t.equal(latencyScale([null, 0, 1, 61]).kind, 'log');
  t.equal(latencyScale([]).kind, 'linear');
});

t.test('positions keep the order of values, and ticks are few', async (t) => {
  const value = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const most = Math.max(...values);
      for (const scale of [linearScale(most), latencyScale(values)]) {
        if (scale.ticks.length > 20) return false;
        const places = values.toSorted((a, b) => a - b).map((value) => scale.at(value));
        if (!places.every((place, i) => place >= (places[i - 1] ?? 0) && place <= 1)) return false;
      }
      return true;
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e15 }), fc.nat({ max: 1e12 }), (from, span) => {
      const { ticks } = timeAxis(from, from + span);
      return ticks.length <= 16 && ticks.every((tick) => tick >= from && tick <= from + span);
    }),
  );
  t.pass();
});
