import { type ContentOf, defaultTenant } from '@swipegate/contract';
import { thereAre } from '../../stores/listed-ids.js';
import {
  applied,
  type ChangeContext,
  type ChangeResult,
  keyPut,
  keyTombstone,
  operatorKeyPut,
  rejected,
  sitePut,
} from './effects.js';
import type { ChangeFacts, ReaderKey } from './facts.js';

/** Adds a key. The reader's other keys stay valid until the overlap ends; expired ones are removed. */
export function issueReaderKey(
  { readerId, keyId, keyHash, overlapUntil }: ContentOf<'issue-reader-key'>,
  { site, storedTenant, readerKeys }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const reader = site.readers.get(readerId);
  if (reader === undefined)
    return rejected('reader-unknown', `There is no reader ${readerId}. ${thereAre(site.readers.keys())}`);
  const { keys, over } = keysAfterIssue(readerKeys, { keyId, keyHash, overlapUntil }, context);
  const { cardNumbers } = storedTenant ?? defaultTenant(context.tenantId);
  return applied(
    sitePut(context, 'reader-keys', readerId, { keys }),
    ...keys.map((key) => keyPut(context, reader, cardNumbers, key)),
    ...over.map(keyTombstone),
  );
}

export function revokeReaderKey(
  { readerId, keyId }: ContentOf<'revoke-reader-key'>,
  { readerKeys }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const key = readerKeys.find((key) => key.keyId === keyId);
  if (key === undefined)
    return rejected(
      'key-unknown',
      `The reader ${readerId} has no key ${keyId}. ${thereAre(readerKeys.map((each) => each.keyId))}`,
    );
  const keys = readerKeys.filter((other) => other !== key);
  return applied(sitePut(context, 'reader-keys', readerId, { keys }), keyTombstone(key));
}

/** Returns the keys once a new one is issued: the others end with the overlap. `over`: those that have ended before. */
export function keysAfterIssue(
  keys: readonly ReaderKey[],
  { overlapUntil, ...issued }: Pick<ReaderKey, 'keyId' | 'keyHash'> & { overlapUntil: string },
  { requestedAt }: ChangeContext,
): { keys: ReaderKey[]; over: ReaderKey[] } {
  const others = keys.filter((key) => key.keyHash !== issued.keyHash);
  const isOver = ({ notAfter }: ReaderKey) => notAfter !== undefined && Date.parse(notAfter) <= Date.parse(requestedAt);
  const ending = others.filter((key) => !isOver(key)).map((key) => endingBy(key, overlapUntil));
  return { keys: [...ending, { ...issued, issuedAt: requestedAt }], over: others.filter(isOver) };
}

function endingBy(key: ReaderKey, overlapUntil: string): ReaderKey {
  const endsSooner = key.notAfter !== undefined && Date.parse(key.notAfter) <= Date.parse(overlapUntil);
  return endsSooner ? key : { ...key, notAfter: overlapUntil };
}

/** Adds a key with which a program or a guard's desk reads. Other keys stay as they are. */
export function issueOperatorKey(
  { keyId, keyHash, name, notAfter }: ContentOf<'issue-operator-key'>,
  { operatorKey }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (operatorKey !== undefined) return rejected('already-exists', `The operator’s key ${keyId} already exists.`);
  const key = { keyId, keyHash, name, issuedAt: context.requestedAt, ...(notAfter === undefined ? {} : { notAfter }) };
  return applied(sitePut(context, 'operator-keys', keyId, key), operatorKeyPut(context, key));
}

export function revokeOperatorKey(
  { keyId }: ContentOf<'revoke-operator-key'>,
  { operatorKey }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (operatorKey === undefined)
    return rejected('key-unknown', `There is no operator’s key ${keyId}. Look up the keys that exist.`);
  return applied(sitePut(context, 'operator-keys', keyId), keyTombstone(operatorKey));
}
