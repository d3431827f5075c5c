import type { Card, CardStatus, ContentOf } from '@swipegate/contract';
import { CARD_TRANSITIONS } from '@swipegate/contract/back-office/card-transitions';
import { blockedCard } from '@swipegate/contract/back-office/holds';
import { isUnreadCardId } from '@swipegate/contract/cards/card-number';
import { cardsOf, isErased } from '../../stores/employee-row.js';
import { thereAre, zonesOf } from '../../stores/listed-ids.js';
import type { SiteIndex } from '../../stores/site-cache.js';
import {
  applied,
  type Carry,
  type ChangeContext,
  type ChangeResult,
  cardPut,
  cardRow,
  type Effect,
  employeePut,
  type Move,
  type Release,
  rejected,
} from './effects.js';
import type { ChangeFacts } from './facts.js';

/** States in which an unlinked card may be linked. */
export const LINKABLE: readonly CardStatus[] = ['issued', 'active'];
/** States in which a card opens doors, or may do so again without being replaced. */
const IN_HAND: readonly CardStatus[] = ['issued', 'active', 'suspended'];

/**
 * Links a card to an employee. If the card is valid now, they are assumed to be in the building, and nowhere else. If it
 * becomes valid later, they stay where they are. A former holder who is still inside with the card stays inside, too.
 */
export function linkCard(content: ContentOf<'link-card'>, facts: ChangeFacts, context: ChangeContext): ChangeResult {
  const { cardId, employeeId, buildingId, validUntil } = content;
  const { card, employee, site } = facts;
  const unread = unreadDenial(cardId);
  if (unread !== undefined) return unread;
  if (card?.employeeId !== undefined) {
    return rejected('card-already-linked', `The card ${cardId} is linked to ${card.employeeId}. Unlink it first.`);
  }
  if (card !== undefined && !LINKABLE.includes(card.status)) {
    return rejected(
      'card-state',
      `The card ${cardId} is ${card.status}. Only ${LINKABLE.join(' and ')} cards can be linked.`,
    );
  }
  if (employee !== undefined && isErased(employee))
    return rejected('employee-erased', `The employee ${employeeId} was erased. Check the id.`);
  if (employee === undefined)
    return rejected(
      'employee-unknown',
      `There is no employee ${employeeId}. Check the id, or create the employee first.`,
    );
  if (!employee.active)
    return rejected('employee-inactive', `The employee ${employeeId} is not active. Activate the employee first.`);
  const hasOther = hasOtherInHand(facts, context);
  if (hasOther !== undefined) return hasOther;
  if (!site.buildings.has(buildingId))
    return rejected('building-unknown', `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`);
  const zoneId = content.zoneId ?? entranceZone(buildingId, site);
  if (zoneId === undefined || site.zones.get(zoneId)?.buildingId !== buildingId) {
    return rejected(
      'zone-unknown',
      `The building ${buildingId} has no zone ${zoneId ?? 'that a reader leads into'}. ${thereAre(zonesOf(buildingId, site))}`,
    );
  }
  if (isOver(validUntil, context)) return overBefore(cardId, validUntil);
  const dates = datesOfLink(card, content, context);
  const { validFrom } = dates;
  const since = new Date(context.requestedAt).toISOString();
  const active: Card = { cardId, status: 'active', employeeId, ...dates };
  const { formerCardIds: _, ...members } = employee;
  const others = cardsOf(employee).filter((other) => other !== cardId);
  const isInForce = validFrom === undefined || Date.parse(validFrom) <= Date.parse(context.requestedAt);
  return applied(
    cardPut(context, lateBlocked(active, facts, context)),
    employeePut(context, { ...members, cardIds: [...(employee.cardIds ?? []), cardId] }),
    ...displaced(cardId, facts, context),
    ...(isInForce
      ? placed({ cardId, employeeId, buildingId, zoneId }, others, { since, swipeId: context.changeId })
      : [{ kind: 'carry', employeeId, from: others, to: cardId, movedAt: since } satisfies Carry]),
    ...releases(cardId, facts, context),
  );
}

/** Rejects an id that a reader with a card format makes when it cannot read a card. */
export function unreadDenial(cardId: string): ChangeResult | undefined {
  if (!isUnreadCardId(cardId)) return undefined;
  return rejected('card-unread', `${cardId} is not a card, but what a reader sent that could not be read.`);
}

/**
 * Returns a card that is linked now under the blocks that were requested later. A line of an import can have its turn
 * after such a report, which found no card.
 */
export function lateBlocked(card: Card, { lateBlocks }: ChangeFacts, { requestedAt }: ChangeContext): Card {
  return lateBlocks
    .filter((block) => Date.parse(block.requestedAt) > Date.parse(requestedAt))
    .reduce((held, { action }) => blockedCard(held, action), card);
}

/** Ends the holds of late blocks: the card has them itself now. */
export function releases(cardId: string, { lateBlocks }: ChangeFacts, context: ChangeContext): Release[] {
  return lateBlocks.map(({ hold }) => ({ kind: 'release', ...cardRow(context, cardId), hold }));
}

/** Dates that a link does not give stay as they are, unless they are over or contradict the given ones. */
function datesOfLink(
  card: Card | undefined,
  { validFrom, validUntil }: ContentOf<'link-card'>,
  { requestedAt }: ChangeContext,
): Pick<Card, 'validFrom' | 'validUntil'> {
  const beginsMs = Math.max(Date.parse(requestedAt), Date.parse(validFrom ?? requestedAt));
  const until = card?.validUntil !== undefined && Date.parse(card.validUntil) > beginsMs ? card.validUntil : undefined;
  const endMs = Date.parse(validUntil ?? until ?? '');
  const from = card?.validFrom !== undefined && !(Date.parse(card.validFrom) >= endMs) ? card.validFrom : undefined;
  const [begin, end] = [validFrom ?? from, validUntil ?? until];
  return { ...(begin && { validFrom: begin }), ...(end && { validUntil: end }) };
}

/** Places the employee inside by the card, and by no other. */
function placed(
  { cardId, employeeId, ...zone }: { cardId: string; employeeId: string; buildingId: string; zoneId: string },
  others: readonly string[],
  by: { since: string; swipeId: string },
): Move[] {
  const { since: movedAt } = by;
  return [
    ...others.map((other): Move => ({ kind: 'move', cardId: other, employeeId, movedAt, of: { employeeId } })),
    { kind: 'move', cardId, employeeId, inside: { ...zone, ...by }, movedAt },
  ];
}

/** Keeps the place of a former holder who is still inside with the card, in a row of a card that does not exist. */
export function displaced(
  cardId: string,
  { presence, formerHolder, employee }: ChangeFacts,
  context: ChangeContext,
): Effect[] {
  const { inside, employeeId, movedAt = context.requestedAt } = presence.get(cardId) ?? {};
  if (inside === undefined || employeeId === undefined || employeeId === employee?.employeeId) return [];
  const to = `${NO_CARD}${context.changeId}`;
  const carry: Carry = { kind: 'carry', employeeId, from: [cardId], to, movedAt };
  if (formerHolder === undefined) return [carry];
  const formerCardIds = [...(formerHolder.formerCardIds ?? []).filter((id) => id !== cardId), to];
  return [employeePut(context, { ...formerHolder, formerCardIds }), carry];
}

/** Begins the id of a row that holds the place of a person without a card. A change's id follows. */
const NO_CARD = 'no-card:';

function isOver(validUntil: string | undefined, { requestedAt }: ChangeContext): boolean {
  return validUntil !== undefined && Date.parse(validUntil) <= Date.parse(requestedAt);
}

function overBefore(cardId: string, validUntil = ''): ChangeResult {
  return rejected(
    'card-expired',
    `The card ${cardId} would be valid until ${validUntil}, which is in the past. Give a time in the future, or none.`,
  );
}

/** Applies any other card action. Presence stays unchanged: the holder of a lost or unlinked card may still be inside. */
export function changeCard(
  content: ContentOf<'change-card'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { cardId, action, validUntil } = content;
  const { card } = facts;
  if (card === undefined)
    return rejected('card-unknown', `There is no card ${cardId}. Check the id: a card exists once it has been linked.`);
  if (action === 'unlink') return unlinkCard(card, facts, context);
  const { from, to } = CARD_TRANSITIONS[action];
  if (!from.includes(card.status)) {
    return rejected('card-state', `The card ${cardId} is ${card.status}. Allowed for ${action}: ${from.join(', ')}.`);
  }
  if (action !== 'reactivate') return applied(cardPut(context, { ...card, status: to }));
  if (isOver(validUntil, context)) return overBefore(cardId, validUntil);
  return hasOtherInHand(facts, context, card) ?? applied(cardPut(context, reactivated(card, validUntil, context)));
}

/** Begins or ends a trace, whatever the card's state: a stolen card may be shown again. Unlinking ends it too. */
export function traceCard(
  { cardId, isTraced }: ContentOf<'trace-card'>,
  { card }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (card === undefined) return rejected('card-unknown', `There is no card ${cardId}. Check the id.`);
  const { isTraced: _, ...rest } = card;
  return applied(cardPut(context, isTraced ? { ...rest, isTraced } : rest));
}

/** Drops a `validUntil` in the past, with which the card would expire again at once. */
function reactivated(
  { validUntil: old, ...card }: Card,
  validUntil: string | undefined,
  { requestedAt }: ChangeContext,
): Card {
  const kept = old !== undefined && Date.parse(old) > Date.parse(requestedAt) ? old : undefined;
  const until = validUntil ?? kept;
  return { ...card, status: 'active', ...(until === undefined ? {} : { validUntil: until }) };
}

/** Removes the dates too: the next holder gets dates of their own. */
function unlinkCard(card: Card, { employee }: ChangeFacts, context: ChangeContext): ChangeResult {
  const { cardId, status, employeeId } = card;
  if (employeeId === undefined) return rejected('card-not-linked', `The card ${cardId} is not linked to an employee.`);
  // The employee may still be inside with the card.
  const withoutCard = employee && {
    ...employee,
    cardIds: (employee.cardIds ?? []).filter((id) => id !== cardId),
    formerCardIds: [...(employee.formerCardIds ?? []).filter((id) => id !== cardId), cardId],
  };
  return applied(
    cardPut(context, { cardId, status: status === 'active' ? 'issued' : status }),
    ...(withoutCard === undefined ? [] : [employeePut(context, withoutCard)]),
  );
}

/** Rejects a second card that opens doors: an employee carries one. @param self the card that the change is about */
export function hasOtherInHand(
  { employee, employeeCards }: ChangeFacts,
  context: ChangeContext,
  self?: Card,
): ChangeResult | undefined {
  const inHand = Array.from(employeeCards.values()).find(
    (other) => other.cardId !== self?.cardId && isInHand(other, context),
  );
  return (
    inHand &&
    rejected(
      'employee-has-card',
      `The employee ${employee?.employeeId} has the card ${inHand.cardId}, which is ${inHand.status}. ` +
        'Unlink it or report it lost first.',
    )
  );
}

function isInHand({ status, validUntil }: Card, context: ChangeContext): boolean {
  return IN_HAND.includes(status) && !isOver(validUntil, context);
}

/** Returns the zone that most readers from outdoors lead into; undefined if the building has no such reader. */
export function entranceZone(buildingId: string, { readers }: Pick<SiteIndex, 'readers'>): string | undefined {
  const counts = new Map<string, number>();
  for (const { zoneId, outerZoneId, direction, ...reader } of readers.values()) {
    const leadsInFromOutdoors = direction !== 'out' && outerZoneId === undefined;
    if (reader.buildingId === buildingId && leadsInFromOutdoors) counts.set(zoneId, (counts.get(zoneId) ?? 0) + 1);
  }
  const [first] = Array.from(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first?.[0];
}
