import type { AccessLevel, Card, Reader, Schedule, Site } from '@swipegate/contract';

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

export interface Example {
  gatewayUrl: string;
  key: string;
  readerId: string;
  cardId: string;
}

/**
 * Shell command that posts a swipe. It can be repeated: each run creates a new swipeId and time. Lines are below 80 columns,
 * so terminals do not wrap them.
 */
export function curlLines({ gatewayUrl, key, readerId, cardId }: Example): string[] {
  return [
    `curl -sS ${gatewayUrl}/v1/swipes -H 'Prefer: wait=5' \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' -d '{`,
    `  "swipeId": "'$(node -p 'crypto.randomUUID()')'",`,
    `  "readAt": "'$(date -u +%FT%TZ)'",`,
    `  "readerId": "${readerId}", "cardId": "${cardId}" }'`,
  ];
}
