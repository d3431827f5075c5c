import { INFREQUENT_ACCESS_DAYS } from '../aws/data/table-capacity.js';
import { type BillChoices, billOf } from './bill.js';

/** A choice that lowers the bill, and its price in other terms. */
export interface Saving {
  name: string;
  /** Setting of the deployment. */
  setting: string;
  givesUp: string;
  dollars: number;
}

export interface Savings {
  /** Standard class, recovery, on demand, web ACL. */
  before: number;
  savings: Saving[];
  /** With all of them. */
  after: number;
}

interface Measure extends Omit<Saving, 'dollars'> {
  change: Partial<BillChoices>;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'Standard-IA class for decisions',
    setting: `the default from ${INFREQUENT_ACCESS_DAYS} days on`,
    givesUp: 'nothing: the same speed and durability',
    change: { infrequentAccess: true },
  },
  {
    name: 'No point-in-time recovery of decisions',
    setting: 'SWIPEGATE_DECISION_RECOVERY=no',
    givesUp: 'a restore to any second of 35 days; the archive can rebuild it',
    change: { recovery: false },
  },
  {
    name: 'Capacity held for the busy tables',
    setting: 'SWIPEGATE_HELD_SWIPES=N, for N swipes/s',
    givesUp: 'peaks above N: decisions are minutes late, no swipe is lost',
    change: { heldCapacity: true },
  },
  {
    name: 'No web ACL before the gateways',
    setting: 'SWIPEGATE_ADDRESS_LIMIT=no',
    givesUp: 'the limit per address; limits per key and load shedding stay',
    change: { addressLimit: false },
  },
];

/**
 * Each measure's saving per month, given those before it. A measure that costs more than it saves at this rate is left
 * out. Fewer days of decisions (SWIPEGATE_DECISION_DAYS) save more, and are a question of what is needed.
 */
export function savingsAt(swipesPerSecond: number, choices: BillChoices): Savings {
  let chosen: BillChoices = {
    ...choices,
    infrequentAccess: false,
    recovery: true,
    heldCapacity: false,
    addressLimit: true,
  };
  const before = billOf(swipesPerSecond, chosen).dollars;
  let after = before;
  const savings: Saving[] = [];
  for (const { change, ...measure } of MEASURES) {
    const next = { ...chosen, ...change };
    const { dollars } = billOf(swipesPerSecond, next);
    if (dollars >= after) continue;
    savings.push({ ...measure, dollars: after - dollars });
    chosen = next;
    after = dollars;
  }
  return { before, savings, after };
}
