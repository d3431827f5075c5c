import { compile, Decision } from '../../gateway/contract/index.js';
import type { ObjectStore } from '../archive/object-store.js';
import { type Days, readArchive } from '../archive/read-archive.js';

const isDecision = compile(Decision);

/** Decisions of the archive, at least once each, in no order. @param onUnreadable told of each line that is no decision */
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
