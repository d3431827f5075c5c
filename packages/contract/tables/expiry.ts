import { instantMs } from '../values/instant-ms.js';

/** Epoch second after which DynamoDB may delete a row (TTL). @param since RFC 3339 */
export function expiresAt(since: string, keepDays: number): number {
  return Math.floor(instantMs(since) / 1000) + keepDays * 86_400;
}
