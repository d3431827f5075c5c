import { readFile } from 'node:fs/promises';
import { compile, explain } from '@swipegate/contract';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { PLACEMENTS_PREFIX } from '@swipegate/lambdas/stores/changes/object-key';
import { Placement } from '@swipegate/lambdas/stores/changes/placement';
import { OptionError } from '../local-cloud.js';

const isPlacement = compile(Placement);

/** Reads placements from a file, one JSON document per line. @throws {OptionError} naming the invalid line */
export async function readPlacements(file: string): Promise<Placement[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OptionError(`--placements ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  });
  return parsePlacements(text, `--placements ${file}`);
}

/**
 * Yields the placements in the event store of the back office, in the order in which they were made.
 * @throws {OptionError} naming the invalid object; also what the store throws
 */
export async function* storedPlacements(store: ObjectStore): AsyncGenerator<Placement> {
  for await (const key of store.list(PLACEMENTS_PREFIX)) {
    yield* parsePlacements(Buffer.from(await store.get(key)).toString(), key);
  }
}

function parsePlacements(text: string, name: string): Placement[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const value = parse(line);
    if (isPlacement(value)) return [value];
    const { field, reason } = value === undefined ? { field: '', reason: 'is not JSON' } : explain(isPlacement.errors);
    throw new OptionError(`${name}, line ${i + 1}: ${`${field} ${reason}`.trim()}`);
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
