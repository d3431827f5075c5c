import * as crypto from 'node:crypto';
import Type from 'typebox';
import { identifier, ReaderId, TenantId, Timestamp } from '../values/identifiers.js';

export const KeyRole = Type.Enum(['reader', 'operator'], {
  description: 'An operator’s key reads what happened and posts no swipes. Default: reader',
});
export type KeyRole = Type.Static<typeof KeyRole>;

/** Row of the api-keys table. The key itself is nowhere: only its SHA-256, which is the partition key. */
export const ApiKey = Type.Object({
  keyHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  keyId: identifier('Names the key in logs', 'key-hq-north-in-1'),
  tenantId: TenantId,
  role: Type.Optional(KeyRole),
  readerIds: Type.Array(ReaderId, {
    description: 'The readers this key speaks for: one, or those of a door controller; none for an operator',
  }),
  notAfter: Type.Optional({
    ...Timestamp,
    description: 'From when on the key is not honoured any more: a newer one has taken its place',
  }),
});
export type ApiKey = Type.Static<typeof ApiKey>;

/** `sgk_` and 256 random bits in base64url: a prefix that secret scanners can look for. */
export function newApiKey(): string {
  return `sgk_${crypto.randomBytes(32).toString('base64url')}`;
}

// crypto.hash came with Node 20.12; a hash object costs more than the hash of so few bytes.
const oneShot = typeof crypto.hash === 'function';

/**
 * Hex SHA-256 of a key. A plain hash suffices because keys are 256 random bits, not passwords: there is nothing to guess
 * that a slow hash would slow down.
 */
export function hashApiKey(key: string): string {
  return oneShot ? crypto.hash('sha256', key, 'hex') : crypto.createHash('sha256').update(key).digest('hex');
}
