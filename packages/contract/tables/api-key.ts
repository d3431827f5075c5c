import * as crypto from 'node:crypto';
import Type from 'typebox';
import { CardFormat, CardNumbers } from '../values/card-format.js';
import { identifier, ReaderId, TenantId, Timestamp } from '../values/identifiers.js';
import type { Reader } from './site.js';

export const KeyRole = Type.Enum(['reader', 'operator'], {
  description: 'A reader key posts swipes and door events; an operator key reads them and posts none. Default: reader',
});
export type KeyRole = Type.Static<typeof KeyRole>;

/** Row of the api-keys table. The key itself is not stored, only its SHA-256, which is the partition key. */
export const ApiKey = Type.Object({
  keyHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  keyId: identifier('Name of the key in logs', 'key-hq-north-in-1'),
  tenantId: TenantId,
  role: Type.Optional(KeyRole),
  readerIds: Type.Array(ReaderId, {
    description: 'Readers that this key may post for: one, or those of a door controller; none for an operator',
  }),
  cardFormats: Type.Optional(
    Type.Record(Type.String(), CardFormat, {
      description: 'Card formats by readerId, of the readers whose numbers the gateway converts',
    }),
  ),
  cardNumbers: Type.Optional(CardNumbers),
  notAfter: Type.Optional({
    ...Timestamp,
    description: 'The key is rejected from this moment on: a newer one replaces it',
  }),
});
export type ApiKey = Type.Static<typeof ApiKey>;

/**
 * Returns the members of a key's row by which the gateway converts card numbers; none if no reader has a format, so
 * that swipes of such keys cost nothing more.
 */
export function cardFormatsOfKey(
  readers: readonly Pick<Reader, 'readerId' | 'cardFormat'>[],
  cardNumbers: CardNumbers,
): Pick<ApiKey, 'cardFormats' | 'cardNumbers'> {
  const formats = readers.flatMap(({ readerId, cardFormat = 'as-sent' }) =>
    cardFormat === 'as-sent' ? [] : [[readerId, cardFormat] as const],
  );
  return formats.length === 0 ? {} : { cardFormats: Object.fromEntries(formats), cardNumbers };
}

/** `sgk_`, a prefix that secret scanners can find, and 256 random bits in base64url. */
export function newApiKey(): string {
  return `sgk_${crypto.randomBytes(32).toString('base64url')}`;
}

// crypto.hash exists since Node 20.12. For so few bytes, a hash object costs more than the hash.
const oneShot = typeof crypto.hash === 'function';

/** 32 bytes in base64url: the last of the 43 characters holds four bits and two zeros. */
const API_KEY = /^sgk_[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Whether a text has the form of {@link newApiKey}. Any other text cannot be a key, so no look-up is needed. */
export function hasApiKeyForm(text: string): boolean {
  return API_KEY.test(text);
}

/** Hex SHA-256 of a key. A slow password hash is not needed: a key has 256 random bits, which no one can guess. */
export function hashApiKey(key: string): string {
  return oneShot ? crypto.hash('sha256', key, 'hex') : crypto.createHash('sha256').update(key).digest('hex');
}
