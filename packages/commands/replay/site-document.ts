import { readFile } from 'node:fs/promises';
import { compile, explain, Site } from '@swipegate/contract';
import type { SiteIndex } from '@swipegate/lambdas/stores/site/site-index';

export class SiteDocumentError extends Error {
  override readonly name = 'SiteDocumentError';
  readonly code = 'SITE_DOCUMENT_INVALID';
}

const isSite = compile(Site);

/** Reads a site document, such as .swipegate/site.json. @throws {SiteDocumentError} naming the invalid member */
export async function readSiteDocument(file: string): Promise<Site> {
  let site: unknown;
  try {
    site = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SiteDocumentError(`${file} is not a site document: ${reason}`, { cause: error });
  }
  if (isSite(site)) return site;
  const { field, reason } = explain(isSite.errors);
  throw new SiteDocumentError(`${file} is not a site document: ${field} ${reason}`);
}

/** Indexes a site document for the rules. */
export function siteIndexOf({ buildings, zones, schedules, accessLevels, readers }: Site): SiteIndex {
  return {
    buildings: new Map(buildings.map((row) => [row.buildingId, row])),
    zones: new Map(zones.map((row) => [row.zoneId, row])),
    schedules: new Map(schedules.map((row) => [row.scheduleId, row])),
    accessLevels: new Map(accessLevels.map((row) => [row.accessLevelId, row])),
    readers: new Map(readers.map((row) => [row.readerId, row])),
  };
}
