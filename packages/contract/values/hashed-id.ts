import { createHash } from 'node:crypto';

/** Returns the UUID of a text: version 8 of RFC 9562 (section 5.8), from its SHA-256. The same text has the same id. */
export function hashedId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Makes the id of a swipe or door event of what a device says about it: what it sends again has the same id.
 * @param parts the tenant, the device, and the device's own number or fields of the event, in a fixed order
 */
export function swipeIdOf(parts: readonly string[]): string {
  // JSON, because a part may contain any separator.
  return hashedId(JSON.stringify(parts));
}
