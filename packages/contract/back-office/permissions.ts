import { namesIn } from '../values/names-in.js';
import type { AdminRole } from './people.js';

const ALL: readonly AdminRole[] = ['hr', 'guard', 'security', 'auditor', 'admin'];
const PEOPLE_OFFICE: readonly AdminRole[] = ['hr', 'admin'];
const SECURITY: readonly AdminRole[] = ['security', 'admin'];
/** Those at the desk and at the doors. */
const GUARDS: readonly AdminRole[] = ['guard', ...SECURITY];
/** HR may not see movements. */
const MOVEMENTS: readonly AdminRole[] = ['guard', 'security', 'auditor', 'admin'];

/** Roles that allow each action, within the user's own tenant. */
export const PERMISSIONS = {
  'employees.read': ALL,
  'employees.write': PEOPLE_OFFICE,
  /** Let one person into one zone until a date. */
  'permits.write': ['hr', ...SECURITY],
  'cards.read': ALL,
  'cards.link': PEOPLE_OFFICE,
  'cards.unlink': PEOPLE_OFFICE,
  /** Suspend, report lost, stolen or destroyed, expire. HR and guards may, because either may hear of it first. */
  'cards.block': ['hr', ...GUARDS],
  'cards.reactivate': PEOPLE_OFFICE,
  /** Raise an alarm at each swipe of a card. */
  'cards.trace': GUARDS,
  'events.read': ALL,
  'swipes.read': MOVEMENTS,
  /** Whether a cardholder is inside; not where or since when. */
  'presence.read': ALL,
  'muster.read': MOVEMENTS,
  /** First in, last out and hours of each person. HR pays by them; guards need no record of a person's days. */
  'attendance.read': ['hr', 'auditor', 'admin'],
  'alarms.read': MOVEMENTS,
  /** Acknowledge an alarm, close it, open it again. */
  'alarms.handle': GUARDS,
  /** Let a person who left without a swipe enter again. */
  'passback.forgive': GUARDS,
  /** Mark a person who left without a swipe as outside. */
  'muster.write': GUARDS,
  'visits.read': ALL,
  /** Plan visits, check visitors in and out. */
  'visits.write': ['hr', ...GUARDS],
  'site.read': ALL,
  'site.write': SECURITY,
  'keys.write': SECURITY,
  /** Open or lock a door, and set a device's clock. */
  'doors.command': GUARDS,
  /** Lock a part of the site, or set a threat level; and end it. */
  'lockdown.set': GUARDS,
  /** An operator's key reads all movements of the tenant. */
  'operator-keys.write': ['admin'],
  'tenant.write': ['admin'],
  /** Send a file, and see what came of it. IMPORT_COLUMNS says which action its kind needs, too. */
  'imports.use': ['hr', 'security', 'admin'],
  /** Import employees and cards. */
  'imports.write': PEOPLE_OFFICE,
  'erasure.write': ['admin'],
} as const satisfies Record<string, readonly AdminRole[]>;

export type Action = keyof typeof PERMISSIONS;

export const ACTIONS: readonly Action[] = namesIn(PERMISSIONS);

export function rolesFor(action: Action): readonly AdminRole[] {
  return PERMISSIONS[action];
}

/** Whether any of the user's roles allows an action in the user's own tenant. */
export function may(user: { roles: ReadonlySet<AdminRole> }, action: Action): boolean {
  return rolesFor(action).some((role) => user.roles.has(role));
}
