import { type ApiKey, hashApiKey, newApiKey } from '@swipegate/contract';
import type autocannon from 'autocannon';

export const TENANT = 'demo';
const READERS = 24;
const CARDS = 5_000;

export interface ReaderKey {
  readerId: string;
  /** In clear text. */
  key: string;
  row: ApiKey;
}

/** A key for each reader of a site. */
export function readerKeys(): ReaderKey[] {
  return Array.from({ length: READERS }, (_, i) => {
    const readerId = `hq-north-in-${i + 1}`;
    const key = newApiKey();
    const row = { keyHash: hashApiKey(key), keyId: `key-${readerId}`, tenantId: TENANT, readerIds: [readerId] };
    return { readerId, key, row };
  });
}

export function cardIdOf(index: number): string {
  return `card-${String(index).padStart(5, '0')}`;
}

let made = 0;

/** A valid swipe as JSON, with a unique swipeId, of one of 5,000 cards. */
export function swipeJson(readerId: string): string {
  made += 1;
  const swipeId = `0193a1d2-7c1e-7000-8000-${made.toString(16).padStart(12, '0')}`;
  const cardId = cardIdOf((made * 7_919) % CARDS);
  return `{"swipeId":"${swipeId}","readerId":"${readerId}","cardId":"${cardId}","readAt":"${new Date().toISOString()}"}`;
}

export function swipeHeaders(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
}

function readerAt(keys: readonly ReaderKey[], index: number): ReaderKey {
  const reader = keys[index % keys.length];
  if (reader === undefined) throw new Error('No reader has a key');
  return reader;
}

/** Requests that post one swipe each and wait for its decision, at the API. Readers take turns. */
export function waitingRequests(keys: readonly ReaderKey[], count: number): autocannon.Request[] {
  return swipeRequests(keys, count, 1).map((request) => ({
    ...request,
    headers: { ...request.headers, prefer: 'wait=4' },
  }));
}

/** Requests of readers that call the hook with the number of a card, and nothing more. */
export function hookRequests(keys: readonly ReaderKey[], count: number): autocannon.Request[] {
  return Array.from({ length: count }, (_, i): autocannon.Request => {
    made += 1;
    return { method: 'GET', path: `/hook/${readerAt(keys, i).key}?card=${cardIdOf((made * 7_919) % CARDS)}` };
  });
}

/** Requests that post `swipes` swipes each: one as an object, several as an array. Readers take turns. */
export function swipeRequests(keys: readonly ReaderKey[], count: number, swipes: number): autocannon.Request[] {
  return Array.from({ length: count }, (_, i): autocannon.Request => {
    const reader = readerAt(keys, i);
    const items = Array.from({ length: swipes }, () => swipeJson(reader.readerId));
    const body = Buffer.from(swipes === 1 ? String(items[0]) : `[${items.join()}]`);
    return { method: 'POST', path: '/v1/swipes', headers: swipeHeaders(reader.key), body };
  });
}
