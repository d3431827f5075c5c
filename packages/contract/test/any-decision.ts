import fc from 'fast-check';
import { AccessEvent, type Decision } from '../index.js';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const instant = fc
  .date({ min: new Date('1980-01-01'), max: new Date('2080-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** Formats that readers use. */
const readAt = instant.chain((text) => fc.constantFrom(text, text.replace('Z', '+05:30'), text.replace(/\.\d+Z/, 'Z')));

/** Any valid decision, with its members in the order of the decision function. */
export const anyDecision: fc.Arbitrary<Decision> = fc.record(
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
    repeatOf: fc.uuid(),
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
