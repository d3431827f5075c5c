// Own process: takes long.
import type { Decision, Swipe } from '@swipegate/contract';
import { seededRandom } from '@swipegate/contract/values/random';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { Ledger } from '../ledger.js';
import { Oracle } from '../oracle.js';
import { type Reconciliation, reconcile } from '../reconcile.js';

const SWIPES = 20_000;
const EVERY = 10_000;
const FAULTS = ['lost', 'duplicated', 'wrong', 'changed', 'reordered'] as const;
type Fault = (typeof FAULTS)[number];

const site = demoSite();

interface Outcome {
  result: Reconciliation;
  hit: { fault: Fault; swipeId: string }[];
}

/** Plays swipes against a simulated gateway that injects faults into the swipes with the given numbers. */
async function play(t: Pick<Tap, 'testdir'>, faults: ReadonlyMap<number, Fault>, seed: number): Promise<Outcome> {
  const random = seededRandom(seed);
  const ledger = new Ledger({ directory: t.testdir(), chunkSwipes: 512, recentSwipes: 1_024, patienceMs: 50 });
  const theirs = new Oracle(site);
  const ours = new Oracle(site);
  const table = new Map<string, Decision>();
  const hit: Outcome['hit'] = [];
  const late: Decision[] = [];
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)];
  for (let n = 0; n < SWIPES; n++) {
    const reader = pick(site.readers);
    const card = pick(site.cards);
    if (reader === undefined || card === undefined) throw new Error('an empty site');
    const swipe = {
      swipeId: ledger.nextSwipeId(),
      readerId: reader.readerId,
      cardId: card.cardId,
      readAt: new Date(1_800_000_000_000 + n * 1_000).toISOString(),
    };
    ledger.accept(ledger.sent(swipe, ours.expect(swipe), n), n);
    const decision = decide(theirs, swipe, n);
    const fault = faults.get(n);
    if (fault !== undefined) hit.push({ fault, swipeId: swipe.swipeId });
    const told = fault === undefined ? decision : inject(decision, fault);
    // One decision in twenty arrives after its swipe was spilled.
    if (told !== undefined) {
      if (random() < 0.05) late.push(told);
      else ledger.deliver(told);
    }
    if (fault === 'duplicated') late.push({ ...decision, decidedAt: new Date(0).toISOString() });
    if (late.length > 200) ledger.deliver(late.shift() ?? decision);
    if (n % 512 === 0) await new Promise(setImmediate);
  }
  for (const decision of late) ledger.deliver(decision);
  const result = await reconcile(ledger, {
    readDecisions: async (swipes) =>
      new Map(swipes.flatMap(({ swipeId }) => [[swipeId, table.get(swipeId)] as const]).flatMap(known)),
    patienceMs: 0,
  });
  await ledger.close();
  return { result, hit };

  function inject(decision: Decision, fault: Fault): Decision | undefined {
    table.set(decision.swipeId, decision);
    switch (fault) {
      case 'lost':
        table.delete(decision.swipeId);
        return undefined;
      case 'wrong': {
        const wrong = { ...decision, ...opposite(decision) };
        table.set(decision.swipeId, wrong);
        return wrong;
      }
      case 'changed':
        return { ...decision, decidedAt: new Date(0).toISOString() };
      case 'reordered': {
        const early = { ...decision, sequence: '0' };
        table.set(decision.swipeId, early);
        return early;
      }
      default:
        return decision;
    }
  }

  function decide(oracle: Oracle, swipe: Swipe, n: number): Decision {
    const at = swipe.readAt;
    const decision: Decision = {
      ...swipe,
      ...oracle.expect(swipe),
      tenantId: site.tenantId,
      receivedAt: at,
      decidedAt: at,
      timeBasis: 'readAt',
      sequence: String(n + 1).padStart(10, '0'),
    };
    table.set(swipe.swipeId, decision);
    return decision;
  }
}

type Tap = typeof t;

function known([swipeId, decision]: readonly [string, Decision | undefined]): [string, Decision][] {
  return decision === undefined ? [] : [[swipeId, decision]];
}

function opposite({ outcome }: Decision): Pick<Decision, 'outcome' | 'reason'> {
  return outcome === 'granted'
    ? { outcome: 'denied', reason: 'denied-lockout' }
    : { outcome: 'granted', reason: 'granted' };
}

t.test('a gateway without faults has none reported', async (t) => {
  const { result } = await play(t, new Map(), 1);
  t.equal(result.accepted, SWIPES);
  t.equal(result.decided, SWIPES);
  t.same(result.examples, []);
});

t.test("each fault in one swipe in ten thousand: caught every time, with the swipe's id", async (t) => {
  for (const [seed, extreme] of FAULTS.entries()) {
    const random = seededRandom((seed + 1) * 7_919);
    const faults = new Map<number, Fault>();
    for (const fault of FAULTS) {
      // Test the first and last swipe too. A reordered swipe needs an earlier one of the same card.
      if (fault === extreme && fault !== 'reordered') {
        faults.set(0, fault).set(SWIPES - 1, fault);
      } else {
        for (const from of fault === 'reordered' ? [SWIPES - 2_000, SWIPES - 1_000] : [0, EVERY]) {
          const among = fault === 'reordered' ? 1_000 : EVERY;
          faults.set(
            free(faults, () => from + Math.floor(random() * among)),
            fault,
          );
        }
      }
    }
    const { result, hit } = await play(t, faults, seed);
    t.equal(hit.length, faults.size);
    for (const fault of FAULTS) t.equal(result[fault], SWIPES / EVERY, `seed ${seed}: ${fault}`);
    for (const { fault, swipeId } of hit) {
      t.ok(result.examples.some((example) => example.startsWith(`${fault}: swipe ${swipeId}`)));
    }
  }
});

/** Draws until a number is free. */
function free(taken: ReadonlyMap<number, Fault>, draw: () => number): number {
  for (;;) {
    const number = draw();
    if (!taken.has(number)) return number;
  }
}
