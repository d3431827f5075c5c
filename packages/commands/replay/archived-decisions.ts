import { compile, Decision } from '@swipegate/contract';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { type Days, readArchive } from '@swipegate/lambdas/stores/archive/read-archive';

const isDecision = compile(Decision);

/**
 * Yields the decisions of the archive, each at least once, in no order. @param onUnreadable called for each line that
 * is not a decision
 */
export async function* archivedDecisions(
  store: ObjectStore,
  days: Days,
  onUnreadable: () => void,
): AsyncGenerator<Decision> {
  for await (const value of readArchive(store, 'decisions', days)) {
    if (isDecision(value)) yield value;
    else onUnreadable();
  }
}
