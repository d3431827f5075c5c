import { randomUUID } from 'node:crypto';

/** Prefixes of uploaded CSV files and of their results. */
export const UPLOADS_PREFIX = 'imports/';
export const RESULTS_PREFIX = 'import-results/';

export interface ImportPlace {
  tenantId: string;
  importId: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const KEY = new RegExp(`^${UPLOADS_PREFIX}([A-Za-z0-9][\\w.:-]{0,63})/(${UUID})\\.csv$`);

export function newImportId(): string {
  return randomUUID();
}

export function uploadKey({ tenantId, importId }: ImportPlace): string {
  return `${UPLOADS_PREFIX}${tenantId}/${importId}.csv`;
}

export function resultKey({ tenantId, importId }: ImportPlace): string {
  return `${RESULTS_PREFIX}${tenantId}/${importId}.json`;
}

/** @returns undefined for a key that {@link uploadKey} does not make */
export function parseUploadKey(key: string): ImportPlace | undefined {
  const [, tenantId, importId] = KEY.exec(key) ?? [];
  return tenantId === undefined || importId === undefined ? undefined : { tenantId, importId };
}
