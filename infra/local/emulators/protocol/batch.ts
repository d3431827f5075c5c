import { ServiceError } from './service-error.js';

const MOST_ENTRIES = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

interface BatchAnswer {
  Successful: object[];
  Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[];
}

/**
 * Runs each entry separately: some may fail while others succeed. `run` returns members to add to an entry's answer, if any.
 * @throws {ServiceError} EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId
 */
export function runBatch<Entry extends { Id: string }>(
  entries: readonly Entry[],
  run: (entry: Entry) => unknown,
): BatchAnswer {
  if (entries.length === 0) {
    throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > MOST_ENTRIES) {
    const message = `Maximum number of entries per request are ${MOST_ENTRIES}.`;
    throw new ServiceError('TooManyEntriesInBatchRequest', message);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new ServiceError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  if (!entries.every(({ Id }) => ENTRY_ID.test(Id))) {
    const message = 'A batch entry id can only include alphanumeric characters, _ and -.';
    throw new ServiceError('InvalidBatchEntryId', message);
  }
  const answer: BatchAnswer = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      answer.Successful.push(Object.assign({ Id: entry.Id }, run(entry)));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      answer.Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.status < 500 });
    }
  }
  return answer;
}
