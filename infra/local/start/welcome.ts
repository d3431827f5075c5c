import type { AccessLevel, Card, Reader, Schedule, Site } from '@swipegate/contract';
import type { SiteFiles } from '../demo/site-files.js';
import type { Stack } from './stack.js';

/** Addresses, files and example commands, printed once everything runs. @param swipeCurl command that posts a swipe */
export function welcomeLines(stack: Stack, files: SiteFiles, swipeCurl: readonly string[]): string[] {
  const { gateway, gatewayUrl, ops, backOffice, emptyTenant } = stack;
  const musterCurl = musterCurlLines(stack);
  const isEmpty = emptyTenant !== undefined;
  return [
    '',
    `  gateway   ${gatewayUrl}`,
    `  API docs  ${gatewayUrl}/docs`,
    ...(gateway.ready['deviceUrl'] === undefined
      ? []
      : [`  devices   ${gateway.ready['deviceUrl']}  (readers as they are sold, docs/readers.md)`]),
    `  ops page  ${ops.url}  (live throughput, latencies and alarms)`,
    ...(backOffice === undefined
      ? []
      : [
          `  console   ${backOffice.consoleUrl}  (people, cards, doors; sign in as ${isEmpty ? 'the admin' : 'any user'})`,
          `  admin API ${backOffice.apiUrl}  (docs/back-office.md)`,
        ]),
    `  keys      ${files.keysFile}  (API keys of ${isEmpty ? 'an operator' : 'the readers and an operator'}, users' tokens)`,
    ...(isEmpty ? [] : [`  site      ${files.siteFile}  (readers, people, cards)`]),
    `  logs      ${files.logsFolder}/`,
    '',
    ...(isEmpty ? nextStepLines(stack, emptyTenant) : []),
    ...(musterCurl.length === 0 ? [] : ['List the people inside, with the operator’s key:', '', ...musterCurl, '']),
    ...(swipeCurl.length === 0 ? [] : ['Post a swipe and see its decision:', '', ...swipeCurl, '']),
  ];
}

/** The next steps of the admin of a tenant without a site. */
function nextStepLines({ backOffice, isKept }: Stack, tenantId: string): string[] {
  if (isKept) return [`The tenant ${tenantId} is as it was left.`, ''];
  return [
    `The tenant ${tenantId} has one admin and no site yet. Set one up:`,
    '',
    `  in the console  ${backOffice?.consoleUrl ?? ''}  sign in as Site Admin`,
    '  by a file       npx swipegate site apply site.yaml',
    '',
    'docs/first-door.md leads you from here to the first granted swipe.',
    '',
  ];
}

/** Shell command that lists the people inside a building, as CSV; empty if the site has no building. */
function musterCurlLines({ site, operatorKey, gatewayUrl }: Stack): string[] {
  const [building] = site.buildings;
  if (building === undefined) return [];
  return [
    `curl -sS '${gatewayUrl}/v1/buildings/${building.buildingId}/muster?format=csv' \\`,
    `  -H 'Authorization: Bearer ${operatorKey}'`,
  ];
}

/** Repeatable shell command that posts a swipe, below 80 columns; empty if the site has no {@link grantedExample}. */
export function swipeCurlLines({ site, keys, gatewayUrl }: Stack): string[] {
  const example = grantedExample(site);
  const key = example && keys[example.readerId];
  if (example === undefined || !key) return [];
  return [
    `curl -sS ${gatewayUrl}/v1/swipes -H 'Prefer: wait=5' \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' -d '{`,
    `  "swipeId": "'$(node -p 'crypto.randomUUID()')'",`,
    `  "readAt": "'$(date -u +%FT%TZ)'",`,
    `  "readerId": "${example.readerId}", "cardId": "${example.cardId}" }'`,
  ];
}

/** Finds a reader and a card that the rules grant at any hour, whatever was swiped before. */
export function grantedExample(site: Site): { readerId: string; cardId: string } | undefined {
  // Without anti-passback: only there may the same card enter twice.
  const zones = new Set(site.zones.flatMap(({ zoneId, antiPassback }) => (antiPassback.mode === 'none' ? zoneId : [])));
  const isEntrance = ({ mode, direction, zoneId }: Reader) =>
    mode === 'normal' && direction === 'in' && zones.has(zoneId);
  const reader = site.readers.find(isEntrance);
  if (reader === undefined) return undefined;

  const always = new Set(site.schedules.flatMap((schedule) => (isAlways(schedule) ? schedule.scheduleId : [])));
  const opens = (level: AccessLevel) => always.has(level.scheduleId) && level.zoneIds.includes(reader.zoneId);
  const levels = new Set(site.accessLevels.flatMap((level) => (opens(level) ? level.accessLevelId : [])));
  const holders = new Set(
    site.employees.flatMap(({ employeeId, active, accessLevelIds }) =>
      active && accessLevelIds.some((id) => levels.has(id)) ? employeeId : [],
    ),
  );
  const isGood = ({ status, employeeId = '', validFrom, validUntil }: Card) =>
    status === 'active' && holders.has(employeeId) && validFrom === undefined && validUntil === undefined;
  const card = site.cards.find(isGood);
  return card && { readerId: reader.readerId, cardId: card.cardId };
}

function isAlways({ intervals, holidays }: Schedule): boolean {
  const wholeWeek = intervals.some(
    ({ days, from, until }) => days.length === 7 && from === '00:00' && until === '24:00',
  );
  return wholeWeek && holidays.length === 0;
}
