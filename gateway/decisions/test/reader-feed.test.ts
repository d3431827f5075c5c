import { type Decision, decidedKey } from '@swipegate/contract';
import t from 'tap';
import { decisionFor, swipe } from '../../test/test-app.js';
import { DecisionHub } from '../decision-hub.js';
import type { ReaderDecisions, ReaderHistory } from '../decision-table.js';
import { followReader, MAX_RESUMED, type Missed, resumeFrom } from '../reader-feed.js';

const NOON = Date.parse('2026-11-25T12:00:00Z');

/** Returns the n-th decision of a reader; they are one second apart. */
function decided(n: number): Decision {
  return decisionFor(swipe(), { decidedAt: new Date(NOON + n * 1_000).toISOString() });
}

/** Starts a feed whose lookups the test answers one by one. */
function feed(fromKey: string | undefined) {
  const hub = new DecisionHub();
  const got: Decision[] = [];
  const missed: Missed[] = [];
  const asked: string[] = [];
  const answers: ((answer: ReaderDecisions | Error) => void)[] = [];
  let waiting = (): void => undefined;
  const history: ReaderHistory = (_tenantId, _readerId, from) => {
    asked.push(from);
    return new Promise((resolve, reject) => {
      answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      waiting();
    });
  };
  const stop = followReader({
    hub,
    history,
    tenantId: 'acme',
    readerId: 'north-in',
    fromKey,
    onDecision: (decision) => got.push(decision),
    onMissed: (one) => missed.push(one),
    indexLagMs: 0,
    now: () => NOON,
  });
  return {
    hub,
    got,
    missed,
    asked,
    stop,
    /** Answers the next lookup and lets the feed process it. */
    async answer(answer: ReaderDecisions | Error) {
      if (answers.length === 0) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      answers.shift()?.(answer);
      await new Promise(setImmediate);
    },
  };
}

t.test('an event id resumes a few seconds earlier; another form gives undefined', async (t) => {
  const id = decidedKey(decided(10));
  t.equal(resumeFrom(id, NOON + 60_000), '2026-11-25T12:00:05.000Z');
  t.equal(resumeFrom(id, NOON), '2026-11-25T11:59:55.000Z', 'at most now');
  for (const wrong of [
    '',
    '0193a1d2-7c1e-7000-8000-000000000001',
    '2026-11-25T12:00:05.000Z',
    '2026-99-99T12:00:05.000Z#1',
  ]) {
    t.equal(resumeFrom(wrong, NOON), undefined, wrong);
  }
});

t.test('without an id the feed starts now and reads nothing', async (t) => {
  const { hub, got, asked, stop } = feed(undefined);
  const decision = decided(1);
  hub.publish(decision);
  hub.publish(decision);
  t.same(got, [decision], 'each once');
  stop();
  hub.publish(decided(2));
  t.equal(got.length, 1);
  t.equal(hub.listeningReaders, 0);
  t.same(asked, []);
});

t.test('missed decisions come first, then those of the tail, each once', async (t) => {
  const { hub, got, asked, answer, stop } = feed('2026-11-25T11:00:00.000Z');
  t.teardown(stop);
  const [one, two, three, late] = [decided(1), decided(2), decided(3), decided(0)];
  hub.publish(two);
  hub.publish(three);
  t.same(got, [], 'the tail waits for the table');
  await answer({ decisions: [one, two], more: false });
  t.same(got, [one, two, three]);
  const live = decided(4);
  hub.publish(live);
  await answer({ decisions: [late, one, two, three, live], more: false });
  t.same(got, [one, two, three, live, late], 'and those that the index lacked at first');
  t.same(asked, ['2026-11-25T11:00:00.000Z', '2026-11-25T11:59:55.000Z']);
});

t.test('onMissed reports that too many decisions are missing, or why they cannot be read', async (t) => {
  const { hub, got, missed, answer, stop } = feed('2026-11-25T11:00:00.000Z');
  t.teardown(stop);
  await answer({ decisions: [decided(1)], more: true });
  t.same(missed, [{ since: '2026-11-25T11:00:00.000Z' }]);
  await answer(new Error('table away'));
  t.match(missed[1], { since: '2026-11-25T11:59:55.000Z', error: { message: 'table away' } });
  hub.publish(decided(2));
  t.equal(got.length, 2, 'it goes on live');
});

t.test('while the table does not answer, the number of held decisions is bounded', async (t) => {
  const { hub, got, answer, stop } = feed('2026-11-25T11:00:00.000Z');
  t.teardown(stop);
  const live = Array.from({ length: MAX_RESUMED + 1 }, (_, n) => decided(n));
  for (const decision of live) hub.publish(decision);
  t.equal(got.length, live.length);
  await answer({ decisions: live.slice(0, 10), more: false });
  t.equal(got.length, live.length);
});
