import { TABLES } from '../../gateway/contract/index.js';

/** The one variable of the function and of its command. Region, endpoints and credentials are the SDK's own. */
export function unreadableTable(env: Readonly<Record<string, string | undefined>>): string {
  return env['TABLE_UNREADABLE'] || TABLES.unreadable;
}
