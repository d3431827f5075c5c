import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Decision, Swipe } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import type { AcceptedSwipe } from '../accepted-swipe.js';
import { BitSet } from '../bit-set.js';
import { fingerprint } from '../fingerprint.js';
import { Ledger } from '../ledger.js';
import { SwipeIds } from '../swipe-ids.js';

const READ_AT = '2026-11-23T09:00:00.000Z';
const GRANTED = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;

function swipeOf(ledger: Ledger, more: Partial<Swipe> = {}): Swipe {
  return { swipeId: ledger.nextSwipeId(), readerId: 'door', cardId: 'ann', readAt: READ_AT, ...more };
}

function decisionOf(swipe: Swipe, change: Partial<Decision> = {}): Decision {
  const times = { receivedAt: READ_AT, decidedAt: READ_AT, timeBasis: 'readAt', sequence: '1' } as const;
  return { ...swipe, ...GRANTED, ...times, tenantId: 'acme', ...change };
}

async function all(ledger: Ledger): Promise<AcceptedSwipe[]> {
  const swipes: AcceptedSwipe[] = [];
  for await (const page of ledger.pages()) swipes.push(...page);
  return swipes;
}

t.test('swipeIds are version 7 UUIDs that only their issuer recognizes', async (t) => {
  const ids = new SwipeIds();
  const others = new SwipeIds();
  for (let i = 0; i < 1_000; i++) {
    const id = ids.next();
    t.equal(ids.numberOf(id), i);
    if (i < 3) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  t.equal(ids.numberOf(others.next()), undefined);
  t.equal(ids.numberOf('stranger'), undefined);
  t.equal(ids.numberOf(`${ids.next().slice(0, 28)}ffffffff`), undefined, 'a number that was never issued');
});

t.test('a bit set is a set', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(200_000)), (numbers) => {
      const set = new BitSet();
      for (const n of numbers) set.add(n);
      const model = new Set(numbers);
      return (
        set.size === model.size &&
        numbers.every((n) => set.has(n)) &&
        [0, 31, 32, 99_999].every((n) => set.has(n) === model.has(n))
      );
    }),
  );
  t.pass();
});

t.test('memory stays bounded; no swipe is lost, and the order is kept', async (t) => {
  const directory = t.testdir();
  const ledger = new Ledger({ directory, chunkSwipes: 1_000, recentSwipes: 2_000 });
  const MANY = 100_000;
  const IN_FLIGHT = 300;
  const open: Swipe[] = [];
  let most = 0;
  let missed = 0;
  for (let i = 0; i < MANY; i++) {
    const swipe = swipeOf(ledger, { cardId: `c${i % 97}`, ...(i % 5 === 0 ? { direction: 'in', duress: true } : {}) });
    ledger.accept(ledger.sent(swipe, GRANTED, i), i);
    open.push(swipe);
    const first = open.length > IN_FLIGHT ? open.shift() : undefined;
    if (first !== undefined && ledger.deliver(decisionOf(first)) === undefined) missed += 1;
    // Wait for the disk, because swipes come faster here than in a run.
    if (i % 1_000 === 0)
      for (let turn = 0; ledger.held > 3_000 && turn < 10_000; turn++) await new Promise(setImmediate);
    most = Math.max(most, ledger.held);
  }
  t.equal(missed, 0, 'each entry is in memory when its decision arrives');
  t.ok(most < 5_000, `${most} swipes in memory at most`);
  for (const swipe of open) ledger.deliver(decisionOf(swipe));
  t.equal(ledger.accepted, MANY);
  t.equal(ledger.undelivered, 0);
  t.equal(readdirSync(directory).length, 1, 'one file');
  const swipes = await all(ledger);
  t.equal(swipes.length, MANY);
  t.ok(
    swipes.every(
      ({ swipe, delivered }, i) =>
        swipe.cardId === `c${i % 97}` && delivered?.fingerprint === fingerprint(decisionOf(swipe)),
    ),
  );
  t.same(swipes[5]?.swipe.duress, true);
  t.same(swipes[6]?.swipe.duress, undefined);
  await ledger.close();
  t.same(readdirSync(directory), [], 'close deletes the file');
});

t.test('a short run writes no file', async (t) => {
  const directory = t.testdir();
  const ledger = new Ledger({ directory });
  const swipe = swipeOf(ledger);
  ledger.accept(ledger.sent(swipe, GRANTED, 0), 0);
  t.equal((await all(ledger)).length, 1);
  t.same(readdirSync(directory), []);
  await ledger.close();
});

t.test('a different second decision is found whenever it arrives; the same decision is no fault', async (t) => {
  const CHANGED = { decidedAt: '2030-01-01T00:00:00.000Z' };
  // The first decision arrives before or after the swipe is spilled; the second at once, soon, or after its slot is reused.
  for (const gap of [0, 1, 5, 50, 400]) {
    for (const differs of [false, true]) {
      for (const firstIsLate of [false, true]) {
        const ledger = new Ledger({ directory: t.testdir(), patienceMs: 1, chunkSwipes: 8, recentSwipes: 16 });
        const swipe = swipeOf(ledger);
        ledger.accept(ledger.sent(swipe, GRANTED, 0), 0);
        const others = (count: number): void => {
          for (let i = 0; i < count; i++) {
            const other = swipeOf(ledger);
            ledger.accept(ledger.sent(other, GRANTED, 0), 10);
            ledger.deliver(decisionOf(other));
          }
        };
        if (firstIsLate) others(20);
        t.equal(ledger.deliver(decisionOf(swipe)) === undefined, firstIsLate, 'no entry if it is on disk');
        others(gap);
        ledger.deliver(decisionOf(swipe, differs ? CHANGED : {}));
        const swipes = await all(ledger);
        const name = `${gap} later, ${differs ? 'another' : 'the same'}${firstIsLate ? ', the first was late' : ''}`;
        t.equal(ledger.duplicated, differs ? 1 : 0, name);
        t.equal(ledger.undelivered, 0, name);
        t.equal(swipes[0]?.delivered?.fingerprint, fingerprint(decisionOf(swipe)), name);
        if (differs) t.same(ledger.duplicatedExamples, [swipe.swipeId]);
        await ledger.close();
      }
    }
  }
});

t.test('counts overdue swipes, including those on disk', async (t) => {
  const ledger = new Ledger({ patienceMs: 10_000 });
  const swipes = [swipeOf(ledger), swipeOf(ledger), swipeOf(ledger)] as const;
  for (const [i, swipe] of swipes.entries()) ledger.accept(ledger.sent(swipe, GRANTED, 0), i * 1_000);
  t.equal(ledger.undelivered, 3);
  t.equal(ledger.overdue(1_500), 2);
  t.ok(ledger.deliver(decisionOf(swipes[0])));
  t.equal(ledger.deliver(decisionOf(swipes[0])), undefined, 'a repeat of the same decision');
  t.equal(ledger.deliver(decisionOf(swipeOf(new Ledger()))), undefined, 'a swipe of another ledger');
  t.equal(ledger.overdue(1_500), 1);
  const later = swipeOf(ledger);
  ledger.accept(ledger.sent(later, GRANTED, 0), 60_000);
  t.equal(ledger.overdue(59_000), 2, 'two are on disk by now');
  ledger.deliver(decisionOf(swipes[1]));
  t.equal(ledger.overdue(59_000), 1);
  t.equal(ledger.undelivered, 2);
});

t.test('an unwritable folder is an error with advice, and no swipe is lost', async (t) => {
  const directory = join(t.testdir(), 'gone');
  rmSync(directory, { recursive: true, force: true });
  const ledger = new Ledger({ directory, chunkSwipes: 10 });
  for (let i = 0; i < 35; i++) ledger.accept(ledger.sent(swipeOf(ledger), GRANTED, 0), 0);
  for await (const _page of ledger.pages()) break;
  t.match(ledger.error, { code: 'SPILL_FAILED', message: /free space there, set TMPDIR to another folder/ });
  t.equal((await all(ledger)).length, 35);
  await ledger.close();
});
