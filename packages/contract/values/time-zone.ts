import { nearest } from './nearest.js';

/** Whether a name is a time zone of the IANA database, with its daylight saving time. */
export function isTimeZone(name: string): boolean {
  try {
    // An offset such as +01:00 is a time zone to Intl, but knows no daylight saving time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** City of a zone as people may type it: without capitals, accents and underscores. */
export function cityOf(zone: string): string {
  return plainZone(zone.slice(zone.lastIndexOf('/') + 1));
}

/** A zone's name, or what somebody typed of it, without capitals, accents and underscores. */
export function plainZone(text: string): string {
  return text
    .trim()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ');
}

/** Returns the zone whose name or city is nearest to a text; undefined if none is near. @param zones of the IANA database */
export function nearestTimeZone(text: string, zones: readonly string[]): string | undefined {
  const similar = nearest(
    plainZone(text),
    zones.flatMap((zone) => [plainZone(zone), cityOf(zone)]),
  );
  return zones.find((zone) => plainZone(zone) === similar || cityOf(zone) === similar);
}
