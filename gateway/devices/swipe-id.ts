import { hashedId } from '@swipegate/contract/values/hashed-id';

/**
 * Makes the id of a swipe or door event of what a device says about it: what it sends again has the same id.
 * @param parts the tenant, the device, and the device's own number or fields of the event, in a fixed order
 */
export function swipeIdOf(parts: readonly string[]): string {
  // JSON, because a part may contain any separator.
  return hashedId(JSON.stringify(parts));
}
