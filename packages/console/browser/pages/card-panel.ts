import type { Card, CardStatus, CardWithPresence, Zone } from '@swipegate/contract';
import { CARD_ACTIONS, type CardActionOffer } from '../../card-actions.js';
import { path } from '../api/api.js';
import type { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, buttonRow, type Child, element, link, timeElement } from '../widgets/element.js';
import { timeField } from '../widgets/fields.js';
import { hashOf, type PageContext } from './page.js';

const TONES: Readonly<Record<CardStatus, 'good' | 'warn' | 'bad' | 'none'>> = {
  active: 'good',
  issued: 'none',
  suspended: 'warn',
  expired: 'warn',
  lost: 'bad',
  stolen: 'bad',
  destroyed: 'bad',
  revoked: 'bad',
};

/** Panel of a card: its state, whether its holder is inside, and the actions that the user may take. */
export function cardPanel(
  context: PageContext,
  tracker: ChangeTracker,
  card: CardWithPresence,
  zones: readonly Zone[],
  settled: () => void,
): HTMLElement {
  const { cardId, status, validFrom, validUntil } = card;
  const offers = CARD_ACTIONS.filter(({ needs, from }) => context.may(needs) && from.includes(status));
  return element(
    'article',
    { class: 'card', 'aria-label': `Card ${cardId}`, 'data-card': cardId },
    element('h3', {}, cardId, ' ', cardBadge(card), card.isTraced === true ? [' ', badge('traced', 'warn')] : ''),
    element('p', {}, presenceOf(card, zones)),
    validFrom === undefined ? undefined : element('p', { class: 'note' }, 'Valid from ', timeElement(validFrom)),
    validUntil === undefined ? undefined : element('p', { class: 'note' }, 'Valid until ', timeElement(validUntil)),
    buttonRow(
      offers.map((offer) =>
        button(offer.label, () => void ask(tracker, card, offer, settled), {
          class: offer.isFinal ? 'danger' : undefined,
          'data-action': offer.action,
        }),
      ),
      context.may('cards.trace')
        ? button(card.isTraced === true ? 'End the trace' : 'Trace', () => void askTrace(tracker, card, settled))
        : undefined,
      link('Changes', `${hashOf('changes')}?cardId=${encodeURIComponent(cardId)}`, { class: 'button quiet' }),
      context.may('swipes.read')
        ? link('Swipes', hashOf('cards', cardId, 'swipes'), { class: 'button quiet' })
        : undefined,
    ),
  );
}

/** The API returns the place only to users who may see movements. */
function presenceOf({ presence: { inside, place } }: CardWithPresence, zones: readonly Zone[]): Child {
  if (!inside) return badge('outside', 'none');
  if (place === undefined) return badge('inside', 'good');
  const zone = zones.find(({ zoneId }) => zoneId === place.zoneId)?.name ?? place.zoneId;
  return [badge('inside', 'good'), ` ${zone} of ${place.buildingId}, since `, timeElement(place.since)];
}

function ask(
  tracker: ChangeTracker,
  { cardId, version }: CardWithPresence,
  { action, label, effect, isFinal }: CardActionOffer,
  settled: () => void,
): Promise<void> {
  const until = timeField({ name: 'validUntil', label: 'Valid until' });
  return tracker.ask({
    title: `${label}: ${cardId}`,
    text: effect,
    submitLabel: label,
    isDanger: isFinal,
    ...(action === 'reactivate' ? { fields: [until] } : {}),
    request: (why) => ({
      method: 'POST',
      path: path('cards', cardId, action),
      body: { why, validUntil: until.read() },
      // A block never fails because the card has changed: after it, the card opens no door in any case.
      ...(action === 'reactivate' || action === 'unlink' ? { expects: version } : {}),
    }),
    settled,
  });
}

function askTrace(tracker: ChangeTracker, { cardId, isTraced }: CardWithPresence, settled: () => void): Promise<void> {
  const verb = isTraced === true ? 'untrace' : 'trace';
  return tracker.ask({
    title: `${isTraced === true ? 'End the trace' : 'Trace'}: ${cardId}`,
    text:
      isTraced === true
        ? 'Its swipes raise no alarm any more.'
        : 'Each swipe of the card raises an alarm. Doors and readers do not show it.',
    submitLabel: isTraced === true ? 'End the trace' : 'Trace',
    request: (why) => ({ method: 'POST', path: path('cards', cardId, verb), body: { why } }),
    settled,
  });
}

/** The state of a card as a door sees it now: an active card outside its dates opens none. */
export function cardBadge({
  status,
  validFrom,
  validUntil,
}: Pick<Card, 'status' | 'validFrom' | 'validUntil'>): HTMLElement {
  const nowMs = Date.now();
  if (status === 'active' && validUntil !== undefined && Date.parse(validUntil) <= nowMs) {
    return badge('expired', TONES.expired);
  }
  if (status === 'active' && validFrom !== undefined && Date.parse(validFrom) > nowMs) {
    return badge('not yet valid', 'warn');
  }
  return badge(status, TONES[status]);
}
