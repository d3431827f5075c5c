import type { Action } from '@swipegate/contract/back-office/permissions';
import type { EntryKind } from './file/entries.js';

export interface MemberChange {
  member: string;
  was?: unknown;
  is?: unknown;
}

/** Kinds in the order in which they are created; they are removed in reverse. */
export type ChangedKind = 'tenant' | EntryKind | KeyKind;
/** Whose key it is. */
export type KeyKind = 'reader-keys' | 'device-keys' | 'operator-keys';

/** One change of the site, and so one request to the admin API. */
export type SiteChange =
  | { action: 'create'; kind: 'tenant' | EntryKind; id: string; entry: object }
  | {
      action: 'change';
      kind: 'tenant' | EntryKind;
      id: string;
      entry: object;
      version: string;
      members: MemberChange[];
    }
  | { action: 'remove'; kind: EntryKind; id: string; version: string }
  /** `id` is a reader, a device, or the name of an operator's key. */
  | { action: 'issue-key'; kind: KeyKind; id: string }
  | { action: 'revoke-key'; kind: 'operator-keys'; id: string; name: string; version: string };

/** What the user must be allowed to do for a change. */
export function actionFor({ kind }: SiteChange): Action {
  switch (kind) {
    case 'tenant':
      return 'tenant.write';
    case 'reader-keys':
    case 'device-keys':
      return 'keys.write';
    case 'operator-keys':
      return 'operator-keys.write';
    default:
      return 'site.write';
  }
}
