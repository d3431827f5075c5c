import type { HeardReader } from '../stores/reader-contacts.js';

/** Who something came from, each once, by tenant. Neighbours in a stream are often of one reader, and of one tenant nearly always. */
export function readersByTenant(items: Iterable<HeardReader>): ReadonlyMap<string, ReadonlySet<string>> {
  const tenants = new Map<string, Set<string>>();
  let last: HeardReader | undefined;
  let readers = new Set<string>();
  for (const item of items) {
    if (item.readerId === last?.readerId && item.tenantId === last.tenantId) continue;
    if (item.tenantId !== last?.tenantId) {
      readers = tenants.get(item.tenantId) ?? new Set();
      tenants.set(item.tenantId, readers);
    }
    readers.add(item.readerId);
    last = item;
  }
  return tenants;
}
