import { readFile } from 'node:fs/promises';
import { compile, explain, type FieldError, Site, scheduleFault } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import { PLACEMENTS_PREFIX } from '@swipegate/lambdas/stores/changes/object-keys';
import type { SiteIndex } from '@swipegate/lambdas/stores/site-cache';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError } from '@swipegate/terminal/options';

export class SiteDocumentError extends Error {
  override readonly name = 'SiteDocumentError';
  readonly code = 'SITE_DOCUMENT_INVALID';
}

const isPlacement = compile(Placement);
const isSite = compile(Site);

/** Reads placements from a file, one JSON document per line. @throws {OptionError} naming the invalid line */
export async function readPlacements(file: string): Promise<Placement[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OptionError(`--placements ${file} cannot be read: ${messageOf(error)}`);
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
    const value = jsonAttribute(line);
    if (isPlacement(value)) return [value];
    const { field, reason } = value === undefined ? { field: '', reason: 'is not JSON' } : explain(isPlacement.errors);
    throw new OptionError(`${name}, line ${i + 1}: ${`${field} ${reason}`.trim()}`);
  });
}

/** Reads a site document, such as .swipegate/site.json. @throws {SiteDocumentError} naming the invalid member */
export async function readSiteDocument(file: string): Promise<Site> {
  let site: unknown;
  try {
    site = await readJsonFile(file);
  } catch (error) {
    throw new SiteDocumentError(`${file} is not a site document: ${messageOf(error)}`, { cause: error });
  }
  if (!isSite(site)) throw notASite(file, explain(isSite.errors));
  const fault = impossibleSchedule(site);
  if (fault !== undefined) throw notASite(file, fault);
  return site;
}

function notASite(file: string, { field, reason }: FieldError): SiteDocumentError {
  return new SiteDocumentError(`${file} is not a site document: ${field} ${reason}`);
}

function impossibleSchedule({ schedules }: Site): FieldError | undefined {
  for (const [i, schedule] of schedules.entries()) {
    const fault = scheduleFault(schedule);
    if (fault !== undefined) return { ...fault, field: `schedules.${i}.${fault.field}` };
  }
  return undefined;
}

export function siteIndexOf({ buildings, zones, schedules, accessLevels, readers }: Site): SiteIndex {
  return {
    buildings: new Map(buildings.map((row) => [row.buildingId, row])),
    zones: new Map(zones.map((row) => [row.zoneId, row])),
    schedules: new Map(schedules.map((row) => [row.scheduleId, row])),
    accessLevels: new Map(accessLevels.map((row) => [row.accessLevelId, row])),
    readers: new Map(readers.map((row) => [row.readerId, row])),
  };
}
