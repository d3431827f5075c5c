import * as crypto from 'node:crypto';

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
