import { type AccessEvent, type Card, type CardStatus, type Employee, instantMs } from '@swipegate/contract';

const STATUS_DENIALS: Partial<Record<CardStatus, AccessEvent>> = {
  suspended: 'denied-credential-manual-disable',
  lost: 'denied-authentication-factor-lost',
  stolen: 'denied-authentication-factor-stolen',
  destroyed: 'denied-authentication-factor-destroyed',
  revoked: 'denied-credential-disabled',
};

/** Returns why a card opens no door at `atMs`, or undefined. Checks its status, then its dates, then its holder. */
export function credentialDenial(card: Card, employee: Employee | undefined, atMs: number): AccessEvent | undefined {
  return STATUS_DENIALS[card.status] ?? validityDenial(card, atMs) ?? holderDenial(card, employee);
}

function validityDenial(card: Card, atMs: number): AccessEvent | undefined {
  if (card.status === 'issued') return 'denied-credential-not-yet-active';
  if (card.validFrom !== undefined && atMs < instantMs(card.validFrom)) return 'denied-credential-not-yet-active';
  if (card.status === 'expired') return 'denied-credential-expired';
  if (card.validUntil !== undefined && atMs >= instantMs(card.validUntil)) return 'denied-credential-expired';
  return undefined;
}

function holderDenial(card: Card, employee: Employee | undefined): AccessEvent | undefined {
  if (card.employeeId === undefined || employee === undefined) return 'denied-credential-unassigned';
  return employee.active ? undefined : 'denied-no-access-rights';
}
