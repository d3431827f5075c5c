import type { Card, CardAction, CardStatus, ContentOf, Reader } from '@swipegate/contract';
import type { SiteIndex } from '../stores/site/site-index.js';
import type { Move } from './effect.js';
import type { ChangeFacts } from './facts.js';
import { cardPut, employeePut } from './puts.js';
import { type Asked, applied, rejected, type Settlement } from './settlement.js';

/** From which states a card comes to which. `stolen`, `destroyed` and `revoked` are for good. */
export const CARD_TRANSITIONS: Readonly<
  Record<Exclude<CardAction, 'unlink'>, { from: readonly CardStatus[]; to: CardStatus }>
> = {
  suspend: { from: ['issued', 'active'], to: 'suspended' },
  lost: { from: ['issued', 'active', 'suspended', 'expired'], to: 'lost' },
  stolen: { from: ['issued', 'active', 'suspended', 'expired', 'lost'], to: 'stolen' },
  destroyed: { from: ['issued', 'active', 'suspended', 'expired', 'lost', 'stolen', 'revoked'], to: 'destroyed' },
  reactivate: { from: ['issued', 'suspended', 'lost', 'expired'], to: 'active' },
  expire: { from: ['issued', 'active', 'suspended'], to: 'expired' },
};

/** States in which a card that is nobody's may be given to somebody. */
const LINKABLE: readonly CardStatus[] = ['issued', 'active'];
/** States in which a card opens doors, or may again without a new one being issued. */
const IN_HAND: readonly CardStatus[] = ['issued', 'active', 'suspended'];

/**
 * Issues a card to an employee. They stand in the building with it: their presence moves there, and with it away from their
 * other cards.
 */
export function linkCard(content: ContentOf<'link-card'>, facts: ChangeFacts, asked: Asked): Settlement {
  const { cardId, employeeId, buildingId, validFrom, validUntil } = content;
  const { card, employee, employeeCards, site } = facts;
  if (card?.employeeId !== undefined) {
    return rejected('card-already-linked', `The card ${cardId} is linked to ${card.employeeId}. Unlink it first.`);
  }
  if (card !== undefined && !LINKABLE.includes(card.status)) {
    return rejected('card-state', `The card ${cardId} is ${card.status}. Issue another one.`);
  }
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}.`);
  if (!employee.active) return rejected('employee-inactive', `The employee ${employeeId} is not active.`);
  const inHand = Array.from(employeeCards.values()).find((other) => isInHand(other, asked));
  if (inHand !== undefined) {
    const { cardId: other, status } = inHand;
    return rejected(
      'employee-has-card',
      `The employee ${employeeId} has the card ${other}, which is ${status}. Unlink it, or report it lost, first.`,
    );
  }
  if (!site.buildings.has(buildingId)) return rejected('building-unknown', `There is no building ${buildingId}.`);
  const zoneId = content.zoneId ?? entranceZone(buildingId, site);
  if (zoneId === undefined || site.zones.get(zoneId)?.buildingId !== buildingId) {
    return rejected('zone-unknown', `The building ${buildingId} has no zone ${zoneId ?? 'that a reader leads into'}.`);
  }
  const dates = { ...(validFrom && { validFrom }), ...(validUntil && { validUntil }) };
  const since = new Date(asked.requestedAt).toISOString();
  return applied(
    cardPut(asked, { cardId, status: 'active', employeeId, ...dates }),
    employeePut(asked, { ...employee, cardIds: [...(employee.cardIds ?? []), cardId] }),
    ...Array.from(employeeCards.keys(), (other): Move => ({ kind: 'move', cardId: other, employeeId, movedAt: since })),
    {
      kind: 'move',
      cardId,
      employeeId,
      inside: { buildingId, zoneId, since, swipeId: asked.changeId },
      movedAt: since,
    },
  );
}

/** All else that is done to a card. Where its holder is stays as it is: a lost card does not mean that nobody is inside. */
export function changeCard(content: ContentOf<'change-card'>, facts: ChangeFacts, asked: Asked): Settlement {
  const { cardId, action, validUntil } = content;
  const { card } = facts;
  if (card === undefined) return rejected('card-unknown', `There is no card ${cardId}.`);
  if (action === 'unlink') return unlinkCard(card, facts, asked);
  const { from, to } = CARD_TRANSITIONS[action];
  if (!from.includes(card.status)) {
    return rejected(
      'card-state',
      `The card ${cardId} is ${card.status}; ${action} is for cards that are ${from.join(', ')}.`,
    );
  }
  return applied(
    cardPut(asked, action === 'reactivate' ? reactivated(card, validUntil, asked) : { ...card, status: to }),
  );
}

/** A date that has passed would make it expire again at once. */
function reactivated({ validUntil: old, ...card }: Card, validUntil: string | undefined, { requestedAt }: Asked): Card {
  const kept = old !== undefined && Date.parse(old) > Date.parse(requestedAt) ? old : undefined;
  const until = validUntil ?? kept;
  return { ...card, status: 'active', ...(until === undefined ? {} : { validUntil: until }) };
}

function unlinkCard({ employeeId, ...card }: Card, { employee }: ChangeFacts, asked: Asked): Settlement {
  const { cardId, status } = card;
  if (employeeId === undefined) return rejected('card-not-linked', `The card ${cardId} is linked to nobody.`);
  const withoutCard = employee && { ...employee, cardIds: (employee.cardIds ?? []).filter((id) => id !== cardId) };
  return applied(
    cardPut(asked, { ...card, status: status === 'active' ? 'issued' : status }),
    ...(withoutCard === undefined ? [] : [employeePut(asked, withoutCard)]),
  );
}

function isInHand({ status, validUntil }: Card, { requestedAt }: Asked): boolean {
  return IN_HAND.includes(status) && (validUntil === undefined || Date.parse(validUntil) > Date.parse(requestedAt));
}

/** Where one comes to who enters a building: behind most of the readers that lead in from outdoors. */
export function entranceZone(buildingId: string, { readers }: Pick<SiteIndex, 'readers'>): string | undefined {
  const counts = new Map<string, number>();
  for (const { zoneId, ...reader } of readers.values()) {
    if (leadsInFromOutdoors(reader, buildingId)) counts.set(zoneId, (counts.get(zoneId) ?? 0) + 1);
  }
  const [first] = Array.from(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first?.[0];
}

function leadsInFromOutdoors(reader: Omit<Reader, 'zoneId'>, buildingId: string): boolean {
  return reader.buildingId === buildingId && reader.direction !== 'out' && reader.outerZoneId === undefined;
}
