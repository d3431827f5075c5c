import t from 'tap';
import { GeneratorDelay } from '../generator-delay.js';

t.test('no complaints about a generator that keeps its schedule', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 1_000; i++) delay.record(i % 100 === 0 ? 101 : 1, true);
  t.same(delay.complaints(), [], 'one in a hundred may be late');
  t.equal(delay.worstMs, 101);
});

t.test('a complaint about a late generator says how late, and what to do', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 100; i++) delay.record(i < 3 ? 250 : 1, true);
  t.match(delay.complaints(), [
    /more than 100 ms late for 3\.0 % of the swipes, at worst 250 ms: lower --rate, raise --threads.*--shard/,
  ]);
});

t.test('delays in the warm-up do not count', async (t) => {
  const delay = new GeneratorDelay();
  for (let i = 0; i < 100; i++) delay.record(900, false);
  delay.record(1, true);
  t.same(delay.complaints(), []);
  t.equal(delay.worstMs, 1);
});

t.test('takeRecent resets the recent delay; a delay of seconds is hopeless', async (t) => {
  const delay = new GeneratorDelay();
  delay.record(40, true);
  t.equal(delay.isHopeless, false);
  t.equal(delay.takeRecent(), 40);
  t.equal(delay.takeRecent(), 0);
  delay.record(6_000, true);
  t.equal(delay.isHopeless, true);
});
