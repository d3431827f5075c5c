import { pino } from 'pino';
import t from 'tap';
import { Schedule } from '../sources/schedule.js';

const logger = pino({ level: 'silent' });

t.test('calls immediately and repeatedly, even after a failed call, until stopped', async (t) => {
  const times: string[] = [];
  let seen = (): void => undefined;
  const thrice = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const schedule = new Schedule(
    async ({ time }) => {
      times.push(time);
      if (times.length === 3) seen();
      throw new Error('no luck');
    },
    { everyMs: 10, logger },
  );
  t.equal(times.length, 1);
  await thrice;
  await schedule.stop();
  t.same(times, times.toSorted());
});

t.test('stop waits for the current call', async (t) => {
  let finish = (): void => undefined;
  let done = false;
  const schedule = new Schedule(
    () =>
      new Promise<void>((resolve) => {
        finish = () => {
          done = true;
          resolve();
        };
      }),
    { everyMs: 60_000, logger },
  );
  const stopped = schedule.stop().then(() => t.ok(done));
  finish();
  await stopped;
});
