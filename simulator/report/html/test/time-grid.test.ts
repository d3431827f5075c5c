import fc from 'fast-check';
import t from 'tap';
import type { Second } from '../../result/run-result.js';
import { TimeGrid } from '../time-charts.js';

function second(atSecond: number, accepted: number, ackP99: number | null = null): Second {
  const counts = { due: 0, sent: 0, accepted, decided: 0, errors: 0, inFlight: 0 };
  return { atSecond, ...counts, ackP50: null, ackP99, decisionP50: null, decisionP99: null };
}

t.test('a short run keeps its seconds and gaps', async (t) => {
  const seconds = [second(-1, 5), second(0, 6, 2), second(3, 7)];
  const grid = new TimeGrid(seconds);
  t.strictSame(grid.moments, [-1, 0, 1, 2, 3]);
  t.strictSame(grid.values(seconds, 'accepted', 'mean'), [5, 6, null, null, 7]);
  t.strictSame(grid.values(seconds, 'ackP99', 'worst'), [null, 2, null, null, null]);
});

t.test('a long run is thinned: rates to the mean, latencies to the worst', async (t) => {
  const seconds = Array.from({ length: 800 }, (_, i) => second(i, i % 2 === 0 ? 10 : 20, i === 401 ? 900 : 1));
  const grid = new TimeGrid(seconds);
  t.equal(grid.step, 2);
  t.strictSame(new Set(grid.values(seconds, 'accepted', 'mean')), new Set([15]));
  t.equal(grid.values(seconds, 'ackP99', 'worst')[200], 900);
});

t.test('an empty run has no moments', async (t) => {
  const grid = new TimeGrid([], []);
  t.strictSame([grid.from, grid.to, grid.moments, grid.values([], 'due', 'mean')], [0, 0, [], []]);
});

t.test('at most 400 moments, and no second is left out', async (t) => {
  const at = fc.integer({ min: -1e6, max: 1e14 });
  fc.assert(
    fc.property(fc.array(at), fc.array(at), (a, b) => {
      const [one, other] = [a.map((at) => second(at, 1)), b.map((at) => second(at, 3))];
      const grid = new TimeGrid(one, other);
      const most = Math.max(0, ...grid.values(other, 'accepted', 'worst').map((value) => value ?? 0));
      return grid.moments.length <= 400 && most === (b.length > 0 ? 3 : 0);
    }),
  );
  t.pass();
});
