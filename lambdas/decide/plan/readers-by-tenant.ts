import type { HeardReader } from '../stores/reader-contacts.js';

/**
 * Collects the distinct readers of swipes and door events, by tenant. Optimized for neighbours in a stream: they
 * often share the reader, and nearly always the tenant.
 */
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
