import { element } from './element.js';

const SHOWN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A time as this browser's user reads it, with the exact one behind it. @param time RFC 3339 */
export function timeElement(time: string | undefined): HTMLElement | string {
  if (time === undefined) return '';
  return element('time', { datetime: time, title: time }, timeText(time));
}

export function timeText(time: string): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : SHOWN.format(ms);
}

/** What an input of type datetime-local has, as RFC 3339 in UTC; undefined where it is empty. */
export function instantOf(local: string): string | undefined {
  const ms = new Date(local).getTime();
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
