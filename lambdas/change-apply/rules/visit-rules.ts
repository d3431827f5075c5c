import type { Card, ContentOf } from '@swipegate/contract';
import { isQrCardId } from '@swipegate/contract/tables/visit';
import { cardsOf, type EmployeeRow } from '../../stores/employee-row.js';
import { thereAre } from '../../stores/listed-ids.js';
import { displaced, hasOtherInHand, LINKABLE, lateBlocked, releases, unreadDenial } from './card-rules.js';
import { missingLevel } from './cardholder-rules.js';
import {
  applied,
  type ChangeContext,
  type ChangeResult,
  cardPut,
  type Effect,
  employeePut,
  type Move,
  rejected,
} from './effects.js';
import type { ChangeFacts } from './facts.js';

type Visitor = EmployeeRow & Required<Pick<EmployeeRow, 'visit'>>;

/** Creates a visitor, or replaces the plan of a visit. Times of check-in and check-out stay. */
export function setVisit(
  { employeeId, name, accessLevelIds, visit }: ContentOf<'set-visit'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { employee: before, host, site } = facts;
  const { hostId, buildingId, until } = visit;
  if (before !== undefined && before.visit === undefined)
    return rejected('already-exists', `The id ${employeeId} is an employee’s. Choose another id for the visit.`);
  if (host === undefined || host.visit !== undefined)
    return rejected('employee-unknown', `There is no employee ${hostId} who can be the host. Check the id.`);
  if (!host.active) return rejected('employee-inactive', `The host ${hostId} is not active. Choose another host.`);
  if (!site.buildings.has(buildingId))
    return rejected('building-unknown', `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`);
  if (isOver(until, context)) return over(`The visit would end at ${until}, which is in the past.`);
  const missing = missingLevel({ accessLevelIds }, facts);
  if (missing !== undefined) return missing;
  const { checkedInAt, checkedOutAt } = before?.visit ?? {};
  const times = { ...(checkedInAt && { checkedInAt }), ...(checkedOutAt && { checkedOutAt }) };
  const members = { active: true, cardIds: [], ...before };
  return applied(employeePut(context, { ...members, employeeId, name, accessLevelIds, visit: { ...visit, ...times } }));
}

/** Links a card to a visitor, who is still outside: they enter by a swipe. A card of a visit that is over comes back. */
export function checkInVisit(
  { employeeId, cardId }: ContentOf<'check-in-visit'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { employee: visitor, card, cardHolder } = facts;
  if (!isVisitor(visitor)) return unknown(employeeId);
  if (!visitor.active || isOver(visitor.visit.until, context))
    return over(`The visit of ${visitor.employeeId} is over.`);
  const unread = unreadDenial(cardId);
  if (unread !== undefined) return unread;
  const hasOther = hasOtherInHand(facts, context);
  if (hasOther !== undefined) return hasOther;
  const isBack = isVisitor(cardHolder) && (!cardHolder.active || isOver(cardHolder.visit.until, context));
  if (card?.employeeId !== undefined && !isBack)
    return rejected('card-already-linked', `The card ${cardId} is linked to ${card.employeeId}. Take another card.`);
  if (card !== undefined && !LINKABLE.includes(card.status))
    return rejected('card-state', `The card ${cardId} is ${card.status}. Take another card.`);
  const active: Card = { cardId, status: 'active', employeeId };
  return applied(
    employeePut(context, {
      ...visitor,
      cardIds: [...(visitor.cardIds ?? []), cardId],
      visit: { ...visitor.visit, checkedInAt: context.requestedAt },
    }),
    cardPut(context, lateBlocked(active, facts, context)),
    ...takenBack(cardId, facts, context),
    ...releases(cardId, facts, context),
  );
}

/** Takes the card from the visitor before, who may still be inside: then they keep their place. */
function takenBack(cardId: string, facts: ChangeFacts, context: ChangeContext): Effect[] {
  const { cardHolder, formerHolder } = facts;
  if (cardHolder === undefined) return displaced(cardId, facts, context);
  const released = { ...cardHolder, cardIds: (cardHolder.cardIds ?? []).filter((id) => id !== cardId) };
  if (formerHolder?.employeeId === released.employeeId)
    return displaced(cardId, { ...facts, formerHolder: released }, context);
  return [employeePut(context, released), ...displaced(cardId, facts, context)];
}

/** Ends a visit: the visitor has left, their card is free, and a QR code opens nothing any more. */
export function checkOutVisit(
  { employeeId }: ContentOf<'check-out-visit'>,
  { employee: visitor, employeeCards }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!isVisitor(visitor)) return unknown(employeeId);
  if (visitor.visit.checkedOutAt !== undefined) return over(`The visitor ${employeeId} is checked out already.`);
  const { requestedAt } = context;
  const movedAt = new Date(requestedAt).toISOString();
  const { formerCardIds: _, ...members } = visitor;
  return applied(
    employeePut(context, {
      ...members,
      active: false,
      inactiveSince: requestedAt,
      cardIds: [],
      visit: { ...visitor.visit, checkedOutAt: requestedAt },
    }),
    ...Array.from(employeeCards.values(), ({ cardId, status }) => {
      const free = status === 'active' ? 'issued' : status;
      return cardPut(context, { cardId, status: isQrCardId(cardId) ? 'revoked' : free });
    }),
    ...cardsOf(visitor).map((cardId): Move => ({ kind: 'move', cardId, movedAt, of: { employeeId } })),
  );
}

function isVisitor(employee: EmployeeRow | undefined): employee is Visitor {
  return employee?.visit !== undefined;
}

function isOver(until: string, { requestedAt }: ChangeContext): boolean {
  return !(Date.parse(until) > Date.parse(requestedAt));
}

function unknown(employeeId: string): ChangeResult {
  return rejected('visit-unknown', `There is no visit ${employeeId}. Look at the list of visits.`);
}

function over(why: string): ChangeResult {
  return rejected('visit-over', `${why} Plan a new visit.`);
}
