import Type from 'typebox';
import { CardFormat, CardNumbers } from '../cards/card-format.js';
import { identifier, ReaderId, TenantId, Timestamp } from '../values/identifiers.js';
import { DeviceOfKey } from './device.js';
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
  device: Type.Optional(DeviceOfKey),
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

/** Key of the row that holds the public keys of the sign-in service. No hash of a key has this form. */
export const SIGN_IN_KEYS_ROW = 'sign-in-keys';
