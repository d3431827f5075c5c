import fc from 'fast-check';
import t from 'tap';
import { type KeyRange, OrderedRows } from '../ordered-rows.js';

const key = fc.integer({ min: 0, max: 3_000 }).map((n) => String(n).padStart(4, '0'));
const range = fc.record(
  { gt: key, gte: key, lt: key, lte: key, reverse: fc.boolean() },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<KeyRange>;

/** The same part of a plain map. */
function expected(model: ReadonlyMap<string, number>, { gt, gte, lt, lte, reverse }: KeyRange): [string, number][] {
  const found = Array.from(model)
    .filter(([at]) => (gt === undefined || at > gt) && (gte === undefined || at >= gte))
    .filter(([at]) => (lt === undefined || at < lt) && (lte === undefined || at <= lte))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return reverse ? found.reverse() : found;
}

t.test('rows are read as from a sorted map, whatever was written and deleted before', async (t) => {
  const write = fc.tuple(fc.constant('set'), key, fc.nat());
  const step = fc.oneof(
    { weight: 8, arbitrary: write },
    { weight: 4, arbitrary: fc.tuple(fc.constant('delete'), key, fc.nat()) },
    // Enough rows for several chunks, and for keys that no read has sorted yet.
    { weight: 1, arbitrary: fc.tuple(fc.constant('fill'), key, fc.nat()) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('clear'), key, fc.nat()) },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(step, range), { maxLength: 30 }), (steps) => {
      const rows = new OrderedRows<number>();
      const model = new Map<string, number>();
      for (const [[verb, at, value], part] of steps) {
        const through = verb === 'fill' || verb === 'clear' ? 1_500 : 1;
        for (let n = 0; n < through; n++) {
          const each = String((Number(at) + n * 7) % 3_001).padStart(4, '0');
          if (verb === 'set' || verb === 'fill') {
            rows.set(each, value);
            model.set(each, value);
          } else {
            rows.delete(each);
            model.delete(each);
          }
        }
        const found = Array.from(rows.range(part));
        if (JSON.stringify(found) !== JSON.stringify(expected(model, part))) return false;
        if (rows.get(at) !== model.get(at) || rows.size !== model.size) return false;
      }
      return true;
    }),
    { numRuns: 60 },
  );
  t.pass('no counterexample');
});
