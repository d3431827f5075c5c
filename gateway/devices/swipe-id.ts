import { createHash } from 'node:crypto';

/**
 * Makes the id of a swipe or door event of what a device says about it: what it sends again has the same id.
 * @param parts the tenant, the device, and the device's own number or fields of the event, in a fixed order
 * @returns a UUID of version 8 (RFC 9562 section 5.8), from their SHA-256
 */
export function swipeIdOf(parts: readonly string[]): string {
  // JSON, because a part may contain any separator.
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
