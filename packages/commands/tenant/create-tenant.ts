import { ADMIN_ROLES, type AdminRole, defaultTenant, groupOf, newApiKey } from '@swipegate/contract';
import type { KeysFile } from './keys-file.js';
import type { ListedKey, StoredTenant, TenantTables } from './tenant-tables.js';
import { type DirectoryUser, TenantError, type UserDirectory } from './user-directory.js';

export interface TenantRequest {
  tenantId: string;
  /** Name that the console shows. */
  name: string;
  admin: { username: string; email: string };
  /** Roles of the admin besides `admin`. */
  roles: readonly AdminRole[];
  /** Whether to go on though the tenant belongs to other admins. */
  mayExist: boolean;
}

export interface TenantParts {
  tables: TenantTables;
  users: UserDirectory;
  /** Keeps the operator's key. Undefined: the caller shows it. */
  keysFile: KeysFile | undefined;
  /** Called when a step is done. */
  say(step: TenantStep): void;
}

export interface TenantStep {
  title: string;
  isNew: boolean;
  detail: string;
}

/** Shown once, and stored nowhere. */
export interface Secrets {
  operatorKey?: string;
  temporaryPassword?: string;
}

/** Id of the first operator's key: with one known id, two runs cannot make two. */
const FIRST_KEY = 'key-first-operator';

/**
 * Creates what a tenant needs before its admin can sign in: settings, groups, the admin and an operator's key. Each step
 * leaves alone what is there, so a run that failed is simply run again.
 * @throws {TenantError} before anything is written, when the tenant or the user belongs to somebody else
 */
export async function createTenant(parts: TenantParts, request: TenantRequest): Promise<Secrets> {
  const { tables, users, say } = parts;
  const { tenantId, name, admin } = request;
  const roles = Array.from(new Set<AdminRole>(['admin', ...request.roles]));
  const groups = roles.map((role) => groupOf({ tenantId, role }));

  const known = await users.find(admin.username);
  const stored = await tables.read(tenantId);
  checkUser(known, request);
  await checkTenant(stored, await users.members(groupOf({ tenantId, role: 'admin' })), request);
  await parts.keysFile?.check(tenantId);

  const isNew = await tables.createSettings({ ...defaultTenant(tenantId), name });
  const shownName = isNew ? name : (stored.settings?.name ?? name);
  const differs = shownName === name ? '' : ' (change it in the console)';
  say({ title: 'settings', isNew, detail: `${tenantId}, name ${shownName}${differs}` });

  const all = ADMIN_ROLES.map((role) => groupOf({ tenantId, role }));
  const made: boolean[] = [];
  for (const group of all) made.push(await users.createGroup(group));
  say({ title: 'groups', isNew: made.includes(true), detail: all.join(', ') });

  const invited = known === undefined ? await users.create({ ...admin, groups }) : undefined;
  const note = invited?.note ?? (invited === undefined ? '' : 'an invitation mail is on its way, valid for 3 days');
  const shown = invited?.temporaryPassword === undefined ? note : `${invited.note ?? ''} no mail`.trim();
  const waiting = known?.isInvited === true ? 'has not signed in yet; docs/runbook.md says how to invite again' : shown;
  const detail = [`${admin.username}, ${admin.email}`, waiting].filter((text) => text !== '').join(': ');
  say({ title: 'admin', isNew: known === undefined, detail });

  const missing = groups.filter((group) => known?.groups.includes(group) !== true);
  for (const group of missing) await users.join(admin.username, group);
  say({ title: 'roles', isNew: missing.length > 0, detail: groups.join(', ') });

  const operatorKey = await ensureOperatorKey(parts, tenantId, stored);
  return {
    ...(operatorKey === undefined ? {} : { operatorKey }),
    ...(invited?.temporaryPassword === undefined ? {} : { temporaryPassword: invited.temporaryPassword }),
  };
}

/** @throws {TenantError} */
function checkUser(user: DirectoryUser | undefined, { tenantId, admin: { username, email } }: TenantRequest): void {
  if (user === undefined) return;
  if (user.email.toLowerCase() !== email.toLowerCase()) {
    throw new TenantError(
      `The user ${username} exists with the mail address ${user.email}: choose another name with --admin-user.`,
    );
  }
  const elsewhere = user.groups.find((group) => group.includes(':') && !group.startsWith(`${tenantId}:`));
  if (elsewhere !== undefined) {
    const advice = 'A user belongs to one tenant. Choose another name with --admin-user and another mail address';
    throw new TenantError(`The user ${username} is in the group ${elsewhere}. ${advice}.`);
  }
}

/**
 * Refuses a tenant of somebody else. It is the caller's if its admins include the asked one, or if an earlier run of
 * this command has left no more than settings, groups and a key.
 * @throws {TenantError}
 */
async function checkTenant(
  { settings, operatorKeys, site }: StoredTenant,
  admins: readonly string[],
  { tenantId, name, admin, mayExist }: TenantRequest,
): Promise<void> {
  const isOwn = admins.includes(admin.username);
  const isUnfinished = admins.length === 0 && site.size === 0 && (settings === undefined || settings.name === name);
  if (mayExist || isOwn || isUnfinished) return;
  const facts = [
    settings === undefined ? 'no settings' : `name ${settings.name}`,
    admins.length === 0 ? 'no admin' : `admins ${admins.join(', ')}`,
    `${operatorKeys.length} operator’s keys`,
    ...Array.from(site, ([kind, count]) => `${count} ${kind.replace('-', ' ')}`),
  ];
  throw new TenantError(
    `The tenant ${tenantId} exists: ${facts.join('; ')}. Choose another id, or add --existing to make ` +
      `${admin.username} one of its admins.`,
  );
}

/** @returns the key if it is new and no file keeps it */
async function ensureOperatorKey(
  { tables, keysFile, say }: TenantParts,
  tenantId: string,
  { operatorKeys }: StoredTenant,
): Promise<string | undefined> {
  const first = operatorKeys.find(({ keyId }) => keyId === FIRST_KEY);
  const unfinished = first !== undefined && !(await tables.isKnown(first)) ? first : undefined;
  const title = 'operator’s key';
  if (operatorKeys.length > 0 && unfinished === undefined) {
    const names = operatorKeys.map(keyName).join(', ');
    const file = keysFile === undefined ? '' : await keysFile.stateOf(operatorKeys);
    say({ title, isNew: false, detail: `${names}${file}` });
    return undefined;
  }
  // The file first: a key that gateways accept and nobody has would be of no use.
  const key = (await keysFile?.keyFor(tenantId)) ?? newApiKey();
  const issuedAt = new Date().toISOString();
  const row = { tenantId, keyId: FIRST_KEY, key, name: 'First operator', issuedAt };
  if (!(await tables.createOperatorKey(row, unfinished))) {
    say({ title, isNew: false, detail: `${FIRST_KEY}: another run has just made it` });
    return undefined;
  }
  say({ title, isNew: true, detail: keysFile === undefined ? FIRST_KEY : `${FIRST_KEY}, in ${keysFile.path}` });
  return keysFile === undefined ? key : undefined;
}

function keyName({ keyId, name, notAfter }: ListedKey): string {
  return `${keyId} (${name}${notAfter === undefined ? '' : `, until ${notAfter}`})`;
}
