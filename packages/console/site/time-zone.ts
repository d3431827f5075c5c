import { cityOf, isTimeZone, nearestTimeZone, plainZone } from '@swipegate/contract/values/time-zone';

/** A text names no time zone, or several. */
export class TimeZoneFault {
  /** Predicate of a sentence about the field. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Returns the time zone that somebody typed: its name, or its city if only one zone has it. Capitals, accents, and blanks
 * instead of underscores make no difference.
 * @param zones names of the IANA database
 */
export function timeZoneNamed(typed: string, zones: readonly string[]): string | TimeZoneFault {
  const text = plainZone(typed);
  const whole = zones.find((zone) => plainZone(zone) === text);
  if (whole !== undefined) return whole;
  const inCity = zones.filter((zone) => cityOf(zone) === text);
  const [only] = inCity;
  if (only !== undefined && inCity.length === 1) return only;
  if (inCity.length > 1) return new TimeZoneFault(`must name one zone. These have that city: ${inCity.join(', ')}`);
  // Old names, such as Asia/Calcutta, and UTC are in no list.
  if (isTimeZone(typed.trim())) return typed.trim();
  const meant = nearestTimeZone(typed, zones);
  const proposal = meant === undefined ? '' : `; the nearest is ${meant}`;
  return new TimeZoneFault(
    `must be a time zone or its city, such as Europe/Berlin or Berlin, not ${typed.trim()}${proposal}`,
  );
}
