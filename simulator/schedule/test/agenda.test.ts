import fc from 'fast-check';
import t from 'tap';
import { Agenda } from '../agenda.js';

t.test('runs all tasks in the order of their due times, and none early', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 15 }), { minLength: 1, maxLength: 300 }), async (delays) => {
      const agenda = new Agenda();
      const startMs = performance.now();
      const done: number[] = [];
      let early = 0;
      await new Promise<void>((resolve) => {
        for (const delay of delays) {
          agenda.at(startMs + delay, (dueMs, nowMs) => {
            if (nowMs < dueMs) early += 1;
            done.push(delay);
            if (done.length === delays.length) resolve();
          });
        }
      });
      const ordered = delays.toSorted((a, b) => a - b);
      return early === 0 && agenda.size === 0 && done.every((delay, i) => delay === ordered[i]);
    }),
    { numRuns: 20 },
  );
  t.pass();
});

t.test('a task may schedule another, even one that is due before all others', async (t) => {
  const agenda = new Agenda();
  const nowMs = performance.now();
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    agenda.at(nowMs + 20, () => {
      order.push('last');
      resolve();
    });
    agenda.at(nowMs + 2, () => {
      order.push('first');
      agenda.at(nowMs, () => order.push('inserted'));
    });
  });
  t.same(order, ['first', 'inserted', 'last']);
});

t.test('runs nothing after close', async (t) => {
  const agenda = new Agenda();
  const done: string[] = [];
  agenda.at(performance.now(), () => done.push('forgotten'));
  agenda.close();
  agenda.at(performance.now(), () => done.push('too late'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(done, []);
});
