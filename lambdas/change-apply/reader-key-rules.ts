import type { ContentOf } from '@swipegate/contract';
import type { ChangeFacts, ReaderKey } from './facts.js';
import { keyPut, keyTombstone, sitePut } from './puts.js';
import { type Asked, applied, rejected, type Settlement } from './settlement.js';

/** Adds a key. The reader's other keys stay valid until the overlap ends; expired ones are removed. */
export function issueReaderKey(
  { readerId, keyId, keyHash, overlapUntil }: ContentOf<'issue-reader-key'>,
  { site, readerKeys }: ChangeFacts,
  asked: Asked,
): Settlement {
  if (!site.readers.has(readerId)) return rejected('reader-unknown', `There is no reader ${readerId}.`);
  const others = readerKeys.filter((key) => key.keyHash !== keyHash);
  const isOver = ({ notAfter }: ReaderKey) =>
    notAfter !== undefined && Date.parse(notAfter) <= Date.parse(asked.requestedAt);
  const ending = others.filter((key) => !isOver(key)).map((key) => endingBy(key, overlapUntil));
  const keys: ReaderKey[] = [...ending, { keyId, keyHash, issuedAt: asked.requestedAt }];
  return applied(
    sitePut(asked, 'reader-keys', readerId, { keys }),
    ...keys.map((key) => keyPut(asked, readerId, key)),
    ...others.filter(isOver).map(keyTombstone),
  );
}

export function revokeReaderKey(
  { readerId, keyId }: ContentOf<'revoke-reader-key'>,
  { readerKeys }: ChangeFacts,
  asked: Asked,
): Settlement {
  const key = readerKeys.find((key) => key.keyId === keyId);
  if (key === undefined) return rejected('key-unknown', `The reader ${readerId} has no key ${keyId}.`);
  const keys = readerKeys.filter((other) => other !== key);
  return applied(sitePut(asked, 'reader-keys', readerId, { keys }), keyTombstone(key));
}

function endingBy(key: ReaderKey, overlapUntil: string): ReaderKey {
  const endsSooner = key.notAfter !== undefined && Date.parse(key.notAfter) <= Date.parse(overlapUntil);
  return endsSooner ? key : { ...key, notAfter: overlapUntil };
}
