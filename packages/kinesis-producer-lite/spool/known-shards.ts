import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shard } from '../api/shard-map.js';

/**
 * The last known shards of the stream, stored next to the segments. A producer that starts during an outage uses them
 * to place records. If they are outdated, records are moved when they are sent, as after any reshard.
 */
const NAME = 'shards.json';

interface KnownShard {
  id: string;
  /** Decimal number. */
  start: string;
  end: string;
  open: boolean;
}

/** Undefined if the file is missing, damaged or of another stream. Never rejects. */
export async function knownShards(directory: string, streamName: string): Promise<Shard[] | undefined> {
  try {
    const file = join(directory, NAME);
    // Reading a pipe never ends.
    if (!(await stat(file)).isFile()) return undefined;
    const known: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isKnown(known) || known.streamName !== streamName) return undefined;
    return known.shards.map(({ id, start, end, open }) => ({ id, start: BigInt(start), end: BigInt(end), open }));
  } catch {
    return undefined;
  }
}

/** Replaces the file atomically. Rejects if the disk fails. */
export async function rememberShards(directory: string, streamName: string, shards: readonly Shard[]): Promise<void> {
  const known = shards.map(({ id, start, end, open }) => ({ id, start: String(start), end: String(end), open }));
  const file = join(directory, NAME);
  await rm(`${file}.new`, { force: true });
  const options = { mode: 0o600, flush: true, flag: 'wx' };
  await writeFile(`${file}.new`, JSON.stringify({ streamName, shards: known }), options);
  await rename(`${file}.new`, file);
}

function isKnown(value: unknown): value is { streamName: string; shards: KnownShard[] } {
  if (typeof value !== 'object' || value === null || !('shards' in value) || !Array.isArray(value.shards)) return false;
  return value.shards.every(
    (shard: unknown) =>
      typeof shard === 'object' &&
      shard !== null &&
      ['id', 'start', 'end'].every((name) => typeof Reflect.get(shard, name) === 'string') &&
      typeof Reflect.get(shard, 'open') === 'boolean',
  );
}
