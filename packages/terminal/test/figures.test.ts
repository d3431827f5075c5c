import t from 'tap';
import { latency, ratio, threeDigits } from '../figures.js';

t.test('three digits and a unit', async (t) => {
  const table: [ms: number | null, text: string][] = [
    [null, '–'],
    [0, '0 ms'],
    [0.0421, '0.042 ms'],
    [0.42, '0.42 ms'],
    [8.234, '8.23 ms'],
    [42.06, '42.1 ms'],
    [151.7, '152 ms'],
    [999.4, '999 ms'],
    [999.7, '1 s'],
    [1_532, '1.53 s'],
    [61_000, '61 s'],
    [3_600_000, '3,600 s'],
  ];
  for (const [ms, text] of table) t.equal(latency(ms), text);
  t.equal(threeDigits(1_234.5), '1,235');
});

t.test('ratios', async (t) => {
  t.equal(ratio(2, 3), '1.50');
  t.equal(ratio(1, 250.4), '250');
  t.equal(ratio(0, 3), '–');
  t.equal(ratio(null, 3), '–');
  t.equal(ratio(3, 0), '0.00');
});
