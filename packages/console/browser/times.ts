import { element } from './element.js';

const SHOWN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Shows a time in the browser's locale, with the exact time as tooltip. @param time RFC 3339 */
export function timeElement(time: string | undefined): HTMLElement | string {
  if (time === undefined) return '';
  return element('time', { datetime: time, title: time }, timeText(time));
}

export function timeText(time: string): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : SHOWN.format(ms);
}

/** Converts the value of a datetime-local input to RFC 3339 in UTC; undefined if empty. */
export function instantOf(local: string): string | undefined {
  const ms = new Date(local).getTime();
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
