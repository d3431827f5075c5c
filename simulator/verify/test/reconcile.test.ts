import t from 'tap';
import type { Decision, Swipe } from '../../../gateway/contract/index.js';
import { Ledger, sameDecision } from '../ledger.js';
import { type Reconciliation, reconcile } from '../reconcile.js';

const READ_AT = '2026-11-23T09:00:00.000Z';
const at = (offsetMs: number) => new Date(Date.parse(READ_AT) + offsetMs).toISOString();
const GRANTED = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;

function swipe(n: number, cardId = 'ann'): Swipe {
  return { swipeId: `00000000-0000-7000-8000-00000000000${n}`, readerId: 'door', cardId, readAt: READ_AT };
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
}

/** Two swipes of Ann's, one of Bob's: accepted, decided and delivered as they should be. */
function good(): Play {
  const ledger = new Ledger();
  const table = new Map<string, Decision>();
  for (const one of [swipe(1), swipe(2, 'bob'), swipe(3)]) {
    ledger.accept(ledger.sent(one, GRANTED, 0), 1);
    table.set(one.swipeId, decision(one));
    ledger.deliver(decision(one));
  }
  return { ledger, table };
}

async function settle({ ledger, table }: Play): Promise<Reconciliation> {
  return reconcile(ledger, {
    readDecisions: async (swipes) =>
      new Map(Array.from(table).filter(([id]) => swipes.some(({ swipeId }) => swipeId === id))),
    patienceMs: 0,
  });
}

t.test('all is well', async (t) => {
  t.match(await settle(good()), {
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
  const faults: [keyof Reconciliation, (play: Play) => void][] = [
    ['lost', ({ table }) => table.delete(swipe(2).swipeId)],
    ['duplicated', ({ ledger }) => ledger.deliver(decision(swipe(1), { decidedAt: '2026-11-23T09:00:01.000Z' }))],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { reason: 'passback-detected' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { outcome: 'denied' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { direction: 'out' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { readerId: 'window' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { outcome: 'recorded' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { outcome: 'recorded', decidedAt: at(60_000) })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { outcome: 'recorded', offlineOutcome: 'granted' })],
    ['wrong', ({ ledger, table }) => replace(ledger, table, { duress: true })],
    [
      'changed',
      ({ table }) => table.set(swipe(1).swipeId, decision(swipe(1), { decidedAt: '2026-11-23T09:00:01.000Z' })),
    ],
    ['reordered', ({ ledger, table }) => replace(ledger, table, { sequence: 'z' })],
  ];
  for (const [fault, inject] of faults) {
    const play = good();
    inject(play);
    const result = await settle(play);
    for (const name of ['lost', 'duplicated', 'wrong', 'changed', 'reordered'] as const) {
      t.equal(result[name], name === fault ? 1 : 0, `${name} when ${fault}`);
    }
    t.match(result.examples, [new RegExp(`^${fault}: swipe 0`)]);
  }

  /** Table and reader agree on something that should not be. */
  function replace(ledger: Ledger, table: Map<string, Decision>, change: Partial<Decision>): void {
    const changed = decision(swipe(1), change);
    table.set(changed.swipeId, changed);
    const entry = ledger.entries[0];
    if (entry !== undefined) entry.delivered = changed;
  }
});

t.test('what was never accepted is nobody’s loss', async (t) => {
  const ledger = new Ledger();
  ledger.sent(swipe(1), GRANTED, 0);
  t.match(await settle({ ledger, table: new Map() }), { accepted: 0, lost: 0 });
});

t.test('decisions that are late are waited for', async (t) => {
  const { ledger, table } = good();
  let reads = 0;
  const result = await reconcile(ledger, {
    readDecisions: async () => (++reads < 3 ? new Map() : table),
    patienceMs: 60_000,
  });
  t.match(result, { decided: 3, lost: 0 });
  t.equal(reads, 3);
});

t.test('the ledger knows what is overdue', async (t) => {
  const ledger = new Ledger();
  const entries = [1, 2, 3].map((n) => ledger.sent(swipe(n), GRANTED, 0));
  for (const [i, entry] of entries.entries()) ledger.accept(entry, i * 1_000);
  t.equal(ledger.undelivered, 3);
  t.equal(ledger.overdue(1_500), 2);
  t.ok(ledger.deliver(decision(swipe(1))));
  t.equal(ledger.deliver(decision(swipe(1))), undefined, 'the same again is no news');
  t.equal(ledger.deliver(decision(swipe(9))), undefined, 'somebody else’s');
  t.equal(ledger.overdue(1_500), 1);
  t.equal(ledger.duplicated.size, 0);
});

t.test('decisions are the same only if all their members are', async (t) => {
  t.ok(sameDecision(decision(swipe(1)), { ...decision(swipe(1)) }));
  t.notOk(sameDecision(decision(swipe(1)), decision(swipe(1), { employeeId: 'e' })));
  t.notOk(sameDecision(decision(swipe(1), { employeeId: 'e' }), decision(swipe(1))));
});
