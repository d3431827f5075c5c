import Type from 'typebox';
import { BuildingId, EmployeeId, Timestamp } from '../values/identifiers.js';

/** Longest time between the host's swipe and the visitor's, seconds. A card's row keeps its decisions for a minute. */
export const MAX_ESCORT_SECONDS = 60;

/** A visit. Its cardholder is a visitor, who is stored like an employee, so every rule and list covers them. */
export const Visit = Type.Object({
  company: Type.Optional(Type.String({ maxLength: 128, description: 'The visitor’s company' })),
  hostId: { ...EmployeeId, description: 'The employee who is visited' },
  buildingId: { ...BuildingId, description: 'The building of the reception' },
  from: { ...Timestamp, description: 'The visitor’s card opens doors from this instant on' },
  until: { ...Timestamp, description: 'The visitor’s card opens no door from this instant on' },
  escortSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_ESCORT_SECONDS,
      description:
        'The host must have entered at the same reader at most this long before, seconds. Absent: no escort is needed',
    }),
  ),
  checkedInAt: Type.Optional(Timestamp),
  checkedOutAt: Type.Optional(Timestamp),
});
export type Visit = Type.Static<typeof Visit>;

const QR_PREFIX = 'qr-';

/** Returns the card id that a QR code holds. @param secret random text that cannot be guessed */
export function qrCardId(secret: string): string {
  return `${QR_PREFIX}${secret}`;
}

/** Returns whether a card id is that of a QR code, which is used for one visit only. */
export function isQrCardId(cardId: string): boolean {
  return cardId.startsWith(QR_PREFIX);
}
