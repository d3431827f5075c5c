import Type from 'typebox';

/** How a reader writes the number of a card. `as-sent`, the default, keeps the text as it is. */
export const CardFormat = Type.Enum(
  [
    'as-sent',
    'uid-hex',
    'uid-hex-reversed',
    'uid-decimal',
    'uid-decimal-reversed',
    'wiegand-26',
    'wiegand-26-decimal',
    'wiegand-34',
    'h10302',
    'h10304',
    'corporate-1000-35',
    'corporate-1000-48',
  ],
  { description: 'How the reader writes card numbers. Default: as-sent' },
);
export type CardFormat = Type.Static<typeof CardFormat>;

/**
 * Form in which a tenant keeps the numbers of cards that readers with a {@link CardFormat} send. `full` keeps all bits.
 * `wiegand-26` keeps the lowest 24, so that a card has one number at readers that send its whole UID and at those that
 * send 26 bits.
 */
export const CardNumbers = Type.Enum(['full', 'wiegand-26'], {
  description: 'full: all bits of a card’s number; wiegand-26: the lowest 24 bits, which all readers can send',
});
export type CardNumbers = Type.Static<typeof CardNumbers>;
