import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import { badParameter } from '@swipegate/http/list-parameters';

/**
 * The instant of a time that has the form of one. Problem: `bad-request` for one that does not exist, as the 30th of February.
 * @returns ms since the epoch
 */
export function existingTime(field: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = timestampMs(time);
  if (Number.isNaN(ms)) throw badParameter(field, `is not a time that exists: ${time}`);
  return ms;
}
