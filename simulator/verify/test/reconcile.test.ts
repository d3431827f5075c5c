import { Decision, type Swipe } from '@swipegate/contract';
import t from 'tap';
import { FINGERPRINTED, fingerprint } from '../fingerprint.js';
import { Ledger } from '../ledger.js';
import { type Reconciliation, reconcile } from '../reconcile.js';

const READ_AT = '2026-11-23T09:00:00.000Z';
const at = (offsetMs: number) => new Date(Date.parse(READ_AT) + offsetMs).toISOString();
const GRANTED = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;

function swipe(ledger: Ledger, cardId = 'ann'): Swipe {
  return { swipeId: ledger.nextSwipeId(), readerId: 'door', cardId, readAt: READ_AT };
}

function decision(of: Swipe, change: Partial<Decision> = {}): Decision {
  return {
    ...of,
    ...GRANTED,
    tenantId: 'acme',
    receivedAt: READ_AT,
    decidedAt: READ_AT,
    timeBasis: 'readAt',
    sequence: of.swipeId,
    ...change,
  };
}

interface Play {
  ledger: Ledger;
  table: Map<string, Decision>;
  swipes: [Swipe, Swipe, Swipe];
}

/** Two swipes of Ann and one of Bob, accepted, decided and delivered correctly. `change` alters Ann's first decision. */
function play(change: Partial<Decision> = {}): Play {
  const ledger = new Ledger();
  const table = new Map<string, Decision>();
  const swipes: Play['swipes'] = [swipe(ledger), swipe(ledger, 'bob'), swipe(ledger)];
  for (const [i, one] of swipes.entries()) {
    const made = decision(one, i === 0 ? change : {});
    ledger.accept(ledger.sent(one, GRANTED, 0), 1);
    table.set(one.swipeId, made);
    ledger.deliver(made);
  }
  return { ledger, table, swipes };
}

async function settle({ ledger, table }: Pick<Play, 'ledger' | 'table'>): Promise<Reconciliation> {
  return reconcile(ledger, {
    readDecisions: async (swipes) =>
      new Map(Array.from(table).filter(([id]) => swipes.some(({ swipeId }) => swipeId === id))),
    patienceMs: 0,
  });
}

t.test('no faults', async (t) => {
  t.match(await settle(play()), {
    accepted: 3,
    decided: 3,
    granted: { granted: 3 },
    recorded: {},
    lost: 0,
    duplicated: 0,
    wrong: 0,
    changed: 0,
    reordered: 0,
    examples: [],
  });
});

t.test('every fault is found, and only that one', async (t) => {
  const LATER = { decidedAt: '2026-11-23T09:00:01.000Z' };
  const faults: [keyof Reconciliation, () => Play][] = [
    ['lost', () => inject(({ table, swipes }) => table.delete(swipes[1].swipeId))],
    ['duplicated', () => inject(({ ledger, swipes }) => ledger.deliver(decision(swipes[0], LATER)))],
    ['changed', () => inject(({ table, swipes }) => table.set(swipes[0].swipeId, decision(swipes[0], LATER)))],
    ['wrong', () => play({ reason: 'passback-detected' })],
    ['wrong', () => play({ outcome: 'denied' })],
    ['wrong', () => play({ direction: 'out' })],
    ['wrong', () => play({ readerId: 'window' })],
    ['wrong', () => play({ outcome: 'recorded' })],
    ['wrong', () => play({ outcome: 'recorded', decidedAt: at(60_000) })],
    ['wrong', () => play({ outcome: 'recorded', offlineOutcome: 'granted' })],
    ['wrong', () => play({ duress: true })],
    ['reordered', () => play({ sequence: 'z' })],
  ];
  for (const [fault, make] of faults) {
    const result = await settle(make());
    for (const name of ['lost', 'duplicated', 'wrong', 'changed', 'reordered'] as const) {
      t.equal(result[name], name === fault ? 1 : 0, `${name} when ${fault}`);
    }
    t.match(result.examples, [new RegExp(`^${fault}: swipe 0`)]);
  }

  function inject(fault: (play: Play) => void): Play {
    const made = play();
    fault(made);
    return made;
  }
});

t.test('a swipe that was never accepted is not lost', async (t) => {
  const ledger = new Ledger();
  ledger.sent(swipe(ledger), GRANTED, 0);
  const refused = swipe(ledger);
  ledger.abandon(ledger.sent(refused, GRANTED, 0));
  t.equal(ledger.deliver(decision(refused)), undefined, 'and not a duplicate');
  t.match(await settle({ ledger, table: new Map() }), { accepted: 0, lost: 0, duplicated: 0 });
});

t.test('waits for late decisions', async (t) => {
  const { ledger, table } = play();
  let reads = 0;
  const result = await reconcile(ledger, {
    readDecisions: async () => (++reads < 3 ? new Map() : table),
    patienceMs: 60_000,
  });
  t.match(result, { decided: 3, lost: 0 });
  t.equal(reads, 3);
});

t.test('a frequent fault does not hide the others', async (t) => {
  const ledger = new Ledger();
  const table = new Map<string, Decision>();
  for (let i = 0; i < 100; i++) {
    const one = swipe(ledger);
    ledger.accept(ledger.sent(one, GRANTED, 0), 1);
    if (i === 99) table.set(one.swipeId, decision(one, { reason: 'passback-detected' }));
  }
  const { lost, wrong, examples } = await settle({ ledger, table });
  t.match({ lost, wrong }, { lost: 99, wrong: 1 });
  t.equal(examples.filter((example) => example.startsWith('lost')).length, 5);
  t.equal(examples.filter((example) => example.startsWith('wrong')).length, 1);
});

t.test('fingerprints differ if any member differs', async (t) => {
  const one = decision({
    swipeId: '0193a1d2-7c1e-7000-8000-000000000001',
    readerId: 'r',
    cardId: 'c',
    readAt: READ_AT,
  });
  const others: Partial<Decision>[] = [
    { employeeId: 'e' },
    { outcome: 'denied' },
    { reason: 'passback-detected' },
    { sequence: 'x' },
    { decidedAt: at(1) },
    { receivedAt: at(1) },
    { duress: true },
    { cardId: 'd' },
    { readerId: 'rc' },
    { direction: 'out' },
    { timeBasis: 'receivedAt' },
  ];
  const marks = [one, ...others.map((change) => ({ ...one, ...change }))].map(fingerprint);
  t.same(FINGERPRINTED.toSorted(), Object.keys(Decision.properties).sort(), 'no member is left out');
  t.equal(new Set(marks).size, others.length + 1);
  const reversed = decision(one);
  t.equal(fingerprint({ ...one }), fingerprint(reversed), 'the same in another object');
});
