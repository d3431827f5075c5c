import t from 'tap';
import { RefusalPace } from '../refusal-pace.js';

t.test('refusals beyond 16 in 100 ms wait for their turn', async (t) => {
  const pace = new RefusalPace(30);
  const refused: number[] = [];
  const startedAt = performance.now();
  const done = new Promise<void>((resolve) => {
    for (let i = 0; i < 40; i++) {
      pace.turn(() => {
        refused.push(i);
        if (i === 39) resolve();
      });
    }
  });
  t.equal(refused.length, 16);
  await done;
  t.same(
    refused,
    Array.from({ length: 40 }, (_, i) => i),
    'in order',
  );
  t.ok(performance.now() - startedAt > 190, 'the last one in the third window');
});

t.test('the number of held refusals is bounded, and the end lets them go', async (t) => {
  const pace = new RefusalPace(3);
  let refused = 0;
  const refuse = () => {
    refused += 1;
  };
  for (let i = 0; i < 25; i++) pace.turn(refuse);
  t.equal(refused, 22, '16, and those for which there is no place');
  pace.close();
  t.equal(refused, 25);
  pace.turn(refuse);
  t.equal(refused, 26);
});
