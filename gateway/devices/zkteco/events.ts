import type { DoorEventType } from '@swipegate/contract';

/**
 * Kind of an event of an access controller: a swipe that it granted or denied by itself, a door event, `answered` if
 * the gateway's own answer caused it, `none`, or `unknown`. A wrong code, or one of duress, is of a person or of nobody.
 */
export type Meaning =
  | 'granted'
  | 'granted-under-duress'
  | 'wrong-code'
  | 'denied'
  | 'answered'
  | 'none'
  | 'unknown'
  | DoorEventType;

/** Openings by a person: cards, fingers, first cards, several people, in free periods too. */
const GRANTED = new Set([0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 19, 203, 207, 208]);

/** Makers number events of their own above it. */
const LAST_EVENT = 255;

/** Numbers of appendix 2 of the Security PUSH protocol that do not follow their block. */
const OWN_MEANING: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [28, 'door-open-too-long'],
  [30, 'wrong-code'],
  // A denial of the gateway, which has the swipe on record.
  [44, 'answered'],
  [222, 'answered'],
  [100, 'tamper'],
  [101, 'granted-under-duress'],
  [102, 'forced-open'],
  [103, 'granted-under-duress'],
  [106, 'mains-lost'],
  [107, 'battery-low'],
  [109, 'tamper'],
  [200, 'door-opened'],
  [201, 'door-closed'],
  [202, 'request-to-exit'],
]);

export function meaningOf(event: number): Meaning {
  const own = OWN_MEANING.get(event);
  if (own !== undefined) return own;
  if (GRANTED.has(event)) return 'granted';
  // 45 too: the gateway did not answer in time, and may not have heard the question.
  if (event >= 20 && event < 100) return 'denied';
  return event >= 0 && event <= LAST_EVENT ? 'none' : 'unknown';
}

/** Alarm bits of one door in rtstate, from the lowest. The two bits of duress have no event: rtlog reports it, with the person. */
const ALARM_BITS: readonly (DoorEventType | undefined)[] = [
  'forced-open',
  'tamper',
  undefined,
  undefined,
  'door-open-too-long',
  'mains-lost',
  'battery-low',
  'tamper',
];

/**
 * Returns the alarms that are on now and were not before.
 * @param alarm two hex digits a door, the first door first
 */
export function alarmsSince(before: string, alarm: string): { door: number; type: DoorEventType }[] {
  const begun: { door: number; type: DoorEventType }[] = [];
  for (let door = 1; 2 * door <= alarm.length; door++) {
    const [was, is] = [before, alarm].map((text) => Number.parseInt(text.slice(2 * door - 2, 2 * door), 16) || 0);
    const bits = (is ?? 0) & ~(was ?? 0);
    const types = ALARM_BITS.filter((type, bit) => type !== undefined && (bits & (1 << bit)) !== 0);
    for (const type of new Set(types)) if (type !== undefined) begun.push({ door, type });
  }
  return begun;
}
