import Type from 'typebox';
import { CardId, Timestamp } from '../values/identifiers.js';

/** Body that an operator posts to forgive a card's entry. */
export const ForgivePassback = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 200, description: 'For the log: why, and who approved it' }) },
  { $id: 'ForgivePassback', additionalProperties: false },
);
export type ForgivePassback = Type.Static<typeof ForgivePassback>;

export const PassbackForgiven = Type.Object(
  { cardId: CardId, forgivenAt: Timestamp },
  { $id: 'PassbackForgiven', description: 'Anti-passback ignores entries up to forgivenAt' },
);
export type PassbackForgiven = Type.Static<typeof PassbackForgiven>;
