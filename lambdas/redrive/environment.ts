import { TABLES } from '@swipegate/contract';
import Type from 'typebox';

/** The only variable of the function and its command. Region, endpoints and credentials come from the SDK. */
export const RedriveSchema = Type.Object({
  TABLE_UNREADABLE: Type.String({ default: TABLES.unreadable, description: 'table that records are parked in' }),
});

export function unreadableTable(env: Readonly<Record<string, string | undefined>>): string {
  return env['TABLE_UNREADABLE'] || TABLES.unreadable;
}
