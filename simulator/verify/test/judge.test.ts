import type { Decision, Swipe } from '@swipegate/contract';
import t from 'tap';
import { Judge } from '../judge.js';
import type { Expectation } from '../oracle.js';

const READ_AT = '2026-11-23T09:00:00.000Z';
const at = (offsetMs: number) => new Date(Date.parse(READ_AT) + offsetMs).toISOString();
const SWIPE: Swipe = {
  swipeId: '00000000-0000-7000-8000-000000000001',
  readerId: 'door',
  cardId: 'ann',
  readAt: READ_AT,
};
const IN: Expectation = { outcome: 'granted', reason: 'granted', direction: 'in' };
const OUT: Expectation = { ...IN, direction: 'out' };
const AGAIN: Expectation = { outcome: 'denied', reason: 'denied-passback', direction: 'in' };
const EXPIRED: Expectation = { outcome: 'denied', reason: 'denied-credential-expired', direction: 'in' };
const RECORDED = { outcome: 'recorded' } as const;
const LATE = { ...RECORDED, decidedAt: at(60_001) };

/** Judges a card's decisions in order. Each turn: the expectation, the decision's differences from it, the swipe's members. */
function judged(...turns: [expected: Expectation, said: Partial<Decision>, sent?: Partial<Swipe>][]): boolean[] {
  const judge = new Judge();
  return turns.map(([expected, said, sent]) => {
    const swipe = { ...SWIPE, ...sent };
    const rest = {
      tenantId: 'acme',
      receivedAt: READ_AT,
      decidedAt: READ_AT,
      timeBasis: 'readAt',
      sequence: '1',
    } as const;
    const decision: Decision = { ...swipe, ...expected, ...rest, ...said };
    const error = judge.errorOf({ swipe, expected }, decision);
    return error === undefined;
  });
}

t.test('`recorded` is right only for offline or late swipes', async (t) => {
  const offline: Expectation = { ...IN, outcome: 'recorded' };
  t.same(judged([offline, {}, { offlineOutcome: 'granted' }]), [true]);
  t.same(judged([offline, { outcome: 'granted' }, { offlineOutcome: 'granted' }]), [false], 'it opened a door');
  t.same(judged([offline, { offlineOutcome: 'denied' }, { offlineOutcome: 'granted' }]), [false]);
  t.same(judged([IN, LATE]), [true]);
  t.same(judged([IN, { ...RECORDED, decidedAt: at(60_000) }]), [false], 'not late enough');
  t.same(judged([IN, { decidedAt: at(60_001) }]), [true], 'decided late, but on the stream in time');
  t.same(judged([EXPIRED, LATE]), [true]);
  t.same(judged([EXPIRED, { ...LATE, reason: 'granted' }]), [false]);
});

t.test('after a late entry, reasons that depend on the place are not judged until both agree on a move', async (t) => {
  const granted = { outcome: 'granted', reason: 'granted' } as const;
  const passback = { outcome: 'denied', reason: 'denied-passback' } as const;
  t.same(judged([AGAIN, granted]), [false]);
  t.same(judged([IN, LATE], [AGAIN, granted], [AGAIN, {}]), [true, true, true], 'the late entry opened no door');
  t.same(judged([IN, LATE], [AGAIN, { ...granted, outcome: 'denied' }]), [true, false]);
  t.same(judged([IN, LATE], [EXPIRED, granted]), [true, false], 'other reasons are still judged');
  t.same(judged([IN, LATE], [OUT, {}], [IN, passback]), [true, true, false], 'out: agreed');
  t.same(judged([IN, LATE], [OUT, LATE], [IN, passback]), [true, true, false], 'late, out: agreed as well');
  t.same(judged([EXPIRED, LATE], [AGAIN, granted]), [true, false], 'a late denial moves no one');
  t.same(judged([IN, LATE], [AGAIN, granted, { cardId: 'bob' }]), [true, false], 'another card');
});

t.test('a decision must repeat the members of the swipe', async (t) => {
  t.same(judged([IN, { readerId: 'window' }]), [false]);
  t.same(judged([IN, { direction: 'out' }]), [false]);
  t.same(judged([IN, { duress: true }]), [false]);
  const duress: Expectation = { ...IN, reason: 'duress' };
  t.same(judged([duress, {}, { duress: true }]), [true]);
  t.same(judged([duress, { duress: false }, { duress: true }]), [false]);
});

t.test('a repeat names the swipe that was answered, which may be from before the run', async (t) => {
  const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
  const repeat = (n: number): Expectation => ({ ...IN, repeatOf: id(n) });
  const second = { swipeId: id(2) };
  t.same(judged([IN, {}], [repeat(1), {}, second]), [true, true]);
  t.same(judged([IN, {}], [repeat(1), { repeatOf: id(3) }, second]), [true, false]);
  t.same(judged([IN, { repeatOf: id(9) }], [repeat(1), { repeatOf: id(9) }, second]), [true, true], 'before the run');
  t.same(judged([IN, { repeatOf: id(9) }], [repeat(1), {}, second]), [true, false]);
  t.same(judged([repeat(9), {}], [repeat(9), {}, second]), [true, true], 'the oracle knows the entry');
  t.same(judged([repeat(9), { repeatOf: id(8) }]), [false]);
});

t.test('a repeat goes by the gateway’s clock too, which the oracle does not know', async (t) => {
  const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
  const second = { swipeId: id(2), readAt: at(6_000) };
  const said = { outcome: 'granted', reason: 'granted', repeatOf: id(1) } as const;
  const received = (ms: number) => ({ ...said, receivedAt: at(ms) });
  t.same(judged([IN, {}], [AGAIN, received(4_999), second]), [true, true], 'the first was posted twice');
  t.same(judged([IN, {}], [AGAIN, received(5_000), second]), [true, false], 'too late');
  t.same(judged([EXPIRED, {}], [AGAIN, received(1), second]), [true, false], 'another answer');
  t.same(judged([IN, {}], [AGAIN, { ...received(1), repeatOf: id(3) }, second]), [true, false], 'of another swipe');
  t.same(judged([IN, {}], [AGAIN, received(1), { ...second, readerId: 'window' }]), [true, false], 'another reader');
  t.same(judged([IN, {}], [AGAIN, { ...received(1), reason: 'duress', duress: true }, { ...second, duress: true }]), [
    true,
    true,
  ]);
  const before = { ...SWIPE, ...IN, receivedAt: READ_AT };
  const judge = new Judge(new Map([['ann', before]]));
  const decided = (ms: number): Decision => {
    const rest = { tenantId: 'acme', timeBasis: 'readAt', decidedAt: READ_AT, sequence: '1' } as const;
    return { ...SWIPE, ...second, direction: 'in', ...received(ms), ...rest };
  };
  const errorOf = (ms: number) => judge.errorOf({ swipe: { ...SWIPE, ...second }, expected: AGAIN }, decided(ms));
  t.equal(errorOf(4_999), undefined, 'the answer is from before the run');
  t.equal(errorOf(5_000), 'outcome is granted (granted), must be denied (denied-passback)');
  const third = { swipeId: id(3), readAt: at(6_500) };
  const denial = { ...AGAIN, repeatOf: id(2) };
  t.same(judged([IN, {}], [AGAIN, received(1), second], [denial, received(2), third]), [true, true, true]);
});

t.test(
  'if the order of two clocks is open, reasons that depend on the place are not judged until a move',
  async (t) => {
    const doubtful: Expectation = { ...OUT, outcome: 'recorded', isDoubtful: true };
    const out = [doubtful, {}, { offlineOutcome: 'granted' }] as [Expectation, Partial<Decision>, Partial<Swipe>];
    const passback = { outcome: 'denied', reason: 'denied-passback' } as const;
    t.same(judged(out, [IN, passback], [OUT, {}], [IN, passback]), [true, true, true, false]);
    t.same(judged(out, [IN, { ...passback, reason: 'denied-credential-expired' }]), [true, false]);
    t.same(judged(out, out, [OUT, {}], out), [true, true, true, true], 'offline once more');
  },
);
