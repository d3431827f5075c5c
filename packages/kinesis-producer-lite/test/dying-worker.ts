import { existsSync, writeFileSync } from 'node:fs';
import { describe, listShards, putRecords as send } from '../send/put-records-worker.js';
import type { Outcome, PutRecordsTask } from '../send/transport.js';

export { describe, listShards };

/** The real worker, except that the first one dies after its call is stored, before it answers. */
export async function putRecords(task: PutRecordsTask): Promise<Outcome[]> {
  const marker = process.env['DYING_WORKER_MARKER'] ?? '';
  const outcomes = await send(task);
  if (!existsSync(marker)) {
    writeFileSync(marker, '');
    process.exit(1);
  }
  return outcomes;
}
