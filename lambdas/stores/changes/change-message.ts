import { type Change, tenantKey } from '@swipegate/contract';

/** A change as a message of the topic: the members that PublishCommand and an entry of PublishBatchCommand share. */
export function changeMessage(change: Change) {
  return {
    Message: JSON.stringify(change),
    // Keeps the order of a tenant's changes.
    MessageGroupId: change.tenantId,
    // A changeId may come from a client, and two tenants may choose the same one.
    MessageDeduplicationId: tenantKey(change.tenantId, change.changeId),
  };
}
