import { readFile } from 'node:fs/promises';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError } from '@swipegate/terminal/options';
import type { AdminClient } from '../admin-api/client.js';
import { CONNECTION_OPTIONS } from '../admin-api/connection.js';
import type { SiteEntries } from './file/entries.js';
import { readSiteFile } from './file/read-site-file.js';
import type { KeyOwner } from './keys-file.js';
import { planOf, type SitePlan } from './plan.js';
import { type Me, readMe, readState, settleEarlier, withDependents } from './read-state.js';
import { ALLOWABLE } from './refusals.js';

/** Options of plan and of apply. */
export const PLAN_OPTIONS = {
  ...CONNECTION_OPTIONS,
  remove: { type: 'boolean' },
  allow: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const PLAN_HELP = `  --remove          remove what the tenant has and FILE does not; operators’
                    keys only if FILE has the section operatorKeys
  --allow CODE      do what is refused otherwise; may be repeated:
${Object.entries(ALLOWABLE)
  .map(([code, meaning]) => `                    ${code.padEnd(15)}${meaning}`)
  .join('\n')}
  --json            print the result as JSON`;

/** Reads a site file of the user. @throws {OptionError} if it cannot be read; {SiteFileInvalidError} */
export async function siteIn(file: string | undefined, command: string): Promise<SiteEntries> {
  if (file === undefined) throw new OptionError(`No file given: write ${command} site.yaml. See ${command} --help.`);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new OptionError(
      `${file} cannot be read (${messageOf(error)}): write one, or begin with swipegate site export.`,
    );
  });
  return readSiteFile(new TextDecoder().decode(bytes), file);
}

/** @throws {OptionError} for an unknown code */
export function allowedIn(codes: readonly string[] = []): Set<string> {
  const wrong = codes.find((code) => !(code in ALLOWABLE));
  if (wrong === undefined) return new Set(codes);
  throw new OptionError(`--allow ${wrong} is unknown: write one of ${Object.keys(ALLOWABLE).join(', ')}.`);
}

/**
 * Plans a file against the tenant as it is now.
 * @param lost owners of keys that nobody has: they get another one
 */
export async function preparePlan(
  client: AdminClient,
  file: SiteEntries,
  { remove, allow, lost = [] }: { remove: boolean; allow: ReadonlySet<string>; lost?: readonly KeyOwner[] },
): Promise<{ me: Me; plan: SitePlan }> {
  const nowMs = Date.now();
  const me = await readMe(client);
  await settleEarlier(client, nowMs);
  const state = await withDependents(client, await readState(client, me), { file, nowMs });
  const keyless = (ofKind: KeyOwner['kind']) => lost.flatMap(({ kind, id }) => (kind === ofKind ? [id] : []));
  const hasKey = new Map([...state.hasKey, ...keyless('reader-keys').map((id) => [id, false] as const)]);
  const withLost = new Set(keyless('device-keys'));
  const keyedDevices = new Set(Array.from(state.keyedDevices).filter((id) => !withLost.has(id)));
  return { me, plan: planOf(file, { ...state, hasKey, keyedDevices }, { remove, allow, nowMs }) };
}
