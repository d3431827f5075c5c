import fc from 'fast-check';
import t from 'tap';
import { AccessEvent, type Decision, decisionOfRow, decisionRow } from '../index.js';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const instant = fc
  .date({ min: new Date('1980-01-01'), max: new Date('2080-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** As a reader wrote it. */
const readAt = instant.chain((text) => fc.constantFrom(text, text.replace('Z', '+05:30'), text.replace(/\.\d+Z/, 'Z')));

const decision: fc.Arbitrary<Decision> = fc.record(
  {
    swipeId: fc.uuid(),
    tenantId: id,
    readerId: id,
    cardId: id,
    employeeId: id,
    outcome: fc.constantFrom('granted', 'denied', 'recorded'),
    reason: fc.constantFrom(...AccessEvent.enum),
    direction: fc.constantFrom('in', 'out'),
    buildingId: id,
    zoneId: id,
    readAt,
    receivedAt: instant,
    decidedAt: instant,
    timeBasis: fc.constantFrom('readAt', 'receivedAt'),
    duress: fc.boolean(),
    offlineOutcome: fc.constantFrom('granted', 'denied'),
    sequence: fc.stringMatching(/^\d{56}\.\d{6}$/),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      ...(['swipeId', 'tenantId', 'readerId', 'cardId', 'outcome', 'reason', 'direction'] as const),
      ...(['readAt', 'receivedAt', 'decidedAt', 'timeBasis', 'sequence'] as const),
    ],
  },
);

function reversed(json: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json)).toReversed()));
}

t.test('a row has all of its decision, and nothing of it but in a key is whose card it was', async (t) => {
  fc.assert(
    fc.property(decision, (made) => {
      const row = decisionRow(made, 4_000_000_000);
      t.strictSame(decisionOfRow(row), made);
      const text = JSON.stringify(decisionOfRow(row));
      t.equal(JSON.stringify(decisionOfRow({ ...row, decision: reversed(row.decision) })), text, 'in one order');
      t.strictSame(decisionRow(made, 4_000_000_000), row, 'the same decision is the same row');
      const { employeeKey: _, ...forgotten } = row;
      const { employeeId: __, ...anonymous } = made;
      t.strictSame(decisionOfRow(forgotten), anonymous);
    }),
    { numRuns: 300 },
  );
});

t.test('what is no row of a decision is none', async (t) => {
  const [made] = fc.sample(decision, { numRuns: 1, seed: 1 });
  if (made === undefined) return;
  const row = decisionRow(made, 4_000_000_000);
  for (const bent of [
    {},
    { ...row, swipeKey: 7 },
    { ...row, readerKey: undefined },
    { ...row, decidedKey: 'some day' },
    { ...row, decision: undefined },
    { ...row, decision: 'null' },
    { ...row, decision: '{"outcome":"granted"}' },
    { ...row, decision: '[' },
  ]) {
    t.equal(decisionOfRow(bent), undefined, JSON.stringify(bent));
  }
});
