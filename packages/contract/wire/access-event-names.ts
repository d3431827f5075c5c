/**
 * Reason codes with the text that operators read, in the order in which the rules are checked. Named after the
 * BACnetAccessEvent enumeration (ANSI/ASHRAE 135 clauses 12.33 and 21; ISO 16484-5).
 */
export const ACCESS_EVENTS = {
  'denied-point-no-access-rights': 'the reader is unknown',
  granted: 'access granted',
  'denied-lockout': 'the reader is locked down',
  'denied-unknown-credential': 'the card is unknown',
  'denied-credential-manual-disable': 'the card is suspended',
  'denied-authentication-factor-lost': 'the card is reported lost',
  'denied-authentication-factor-stolen': 'the card is reported stolen',
  'denied-authentication-factor-destroyed': 'the card has been destroyed',
  'denied-credential-disabled': 'the card is revoked',
  'denied-credential-not-yet-active': 'the card is not yet valid or not yet activated',
  'denied-credential-expired': 'the card has expired',
  'denied-credential-unassigned': 'the card has no cardholder',
  'denied-no-access-rights': 'the cardholder is inactive',
  'denied-zone-no-access-rights': 'no access level of the cardholder covers this zone',
  'denied-out-of-time-range': 'outside the schedule, or on a holiday',
  'denied-verification-timeout': 'the reader no longer waited for the decision',
  'denied-passback': 'the cardholder has not left since entering (anti-passback)',
  'denied-upper-occupancy-limit': 'the zone is full',
  'denied-no-accompaniment': 'the zone requires two people, and no other cardholder has just swiped at this reader',
  'passback-detected': 'granted, though the cardholder has not left since entering (soft anti-passback)',
  duress: 'granted, but the cardholder gave the duress sign',
} as const;
