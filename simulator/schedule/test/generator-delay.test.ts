import t from 'tap';
import { GeneratorDelay } from '../../run/generator-delay.js';

t.test('a generator that keeps its schedule has nothing to complain of', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 1_000; i++) delay.record(i % 100 === 0 ? 101 : 1, true);
  t.same(delay.complaints(), [], 'one in a hundred may be late');
  t.equal(delay.worstMs, 101);
});

t.test('one that does not says how often, and what to do', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 100; i++) delay.record(i < 3 ? 250 : 1, true);
  t.match(delay.complaints(), [
    /more than 100 ms late for 3\.0 % of the swipes, at worst 250 ms: lower --rate, raise --threads.*--shard/,
  ]);
});

t.test('the warm-up is not held against it', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 100; i++) delay.record(900, false);
  delay.record(1, true);
  t.same(delay.complaints(), []);
  t.equal(delay.worstMs, 1);
});

t.test('what is recent is told once; seconds behind, it is hopeless', async (t) => {
  const delay = new GeneratorDelay();
  delay.record(40, true);
  t.equal(delay.isHopeless, false);
  t.equal(delay.takeRecent(), 40);
  t.equal(delay.takeRecent(), 0);
  delay.record(6_000, true);
  t.equal(delay.isHopeless, true);
});
