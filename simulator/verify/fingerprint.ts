import type { Decision } from '@swipegate/contract';

export const FINGERPRINTED = [
  'swipeId',
  'cardId',
  'readerId',
  'readAt',
  'receivedAt',
  'decidedAt',
  'timeBasis',
  'sequence',
  'outcome',
  'reason',
  'direction',
  'duress',
  'offlineOutcome',
  'repeatOf',
  'employeeId',
  'buildingId',
  'zoneId',
  'tenantId',
] as const satisfies readonly (keyof Decision)[];

const SEPARATOR = '\u001f';

/** Fast 53-bit hash of a decision. Not cryptographic: it finds accidents (collisions: 1 in 10^16), not forgeries. */
export function fingerprint(decision: Decision): number {
  let text = '';
  for (const name of FINGERPRINTED) text += `${decision[name]}${SEPARATOR}`;
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 16), 0xc2b2ae35);
  return (b & 0x1fffff) * 2 ** 32 + ((a ^ (a >>> 13)) >>> 0);
}
