import { pino } from 'pino';
import t from 'tap';
import { foldRepeats } from '../fold-repeats.js';

t.test('repeated lines are folded into one with their number', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const logger = pino({ hooks: { logMethod: foldRepeats(50) } }, stream);
  const request = logger.child({ reqId: 'req-1' });
  const failure = (code: string) => Object.assign(new Error('failed'), { code });
  for (let i = 0; i < 1_000; i++) {
    request.warn({ err: failure('THROTTLED') }, 'look-up failed');
    logger.warn({ event: { type: 'retry' } }, 'producer');
    logger.error('%s failed', 'this');
    logger.info('anti-passback forgiven');
  }
  logger.warn({ err: failure('TIMEOUT') }, 'look-up failed');
  logger.warn({ event: { type: 'spool-failed' } }, 'producer');
  const about = (msg: RegExp) => lines.filter((line) => msg.test(String(line['msg'])));
  t.equal(about(/forgiven/).length, 1_000, 'records of what was done are all kept');
  t.equal(about(/failed|producer/).length, 3 * 5 + 2, 'of each kind the first lines');
  while (about(/failed|producer/).length < 3 * 5 + 2 + 3) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(lines.at(-3), {
    msg: 'look-up failed',
    repeated: 995,
    err: { code: 'THROTTLED' },
    reqId: 'req-1',
    level: 40,
  });
  t.match(lines.at(-2), { msg: 'producer', repeated: 995, event: { type: 'retry' } });
  t.match(lines.at(-1), { repeated: 995, level: 50 });
  logger.warn({ event: { type: 'retry' } }, 'producer');
  t.match(lines.at(-1), { msg: 'producer', repeated: undefined }, 'the next window begins with whole lines');
});
