import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import { badParameter } from '@swipegate/http/list-parameters';

/**
 * Converts a time that matches the Timestamp pattern. Problem: `bad-request` for a time that does not exist, such as
 * 30 February.
 * @returns ms since the epoch
 */
export function existingTime(field: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = timestampMs(time);
  if (Number.isNaN(ms)) throw badParameter(field, `is not a time that exists: ${time}`);
  return ms;
}
