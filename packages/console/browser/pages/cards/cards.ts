import type { Building, UnknownCard, Zone } from '@swipegate/contract';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { element } from '../../widgets/element.js';
import { askLinkCard } from '../link-card.js';
import type { Page } from '../page.js';
import { findCard } from './find-card.js';
import { UnknownCards, unknownCardLine } from './unknown-cards.js';

/** Finds cards by any form of their number, and shows the unknown cards at the doors. */
export const cardsPage: Page = async (context) => {
  const { api, signal } = context;
  const tracker = new ChangeTracker(api, signal);
  const [buildings, zones] = await Promise.all([
    api.get<{ items: Building[] }>('/v1/buildings', { signal }),
    api.get<{ items: Zone[] }>('/v1/zones', { signal }),
  ]);
  const wrong = element('div');
  const ask = (card: { number: string; said?: string; buildingId?: string | undefined }): void => {
    const site = { buildings: buildings.items, zones: zones.items };
    const settled = () => void unknown.read();
    askLinkCard(context, tracker, { card, ...site, settled }).catch((error) =>
      context.complain(wrong, error, () => ask(card)),
    );
  };
  const linkUnknown = ({ cardId, buildingId }: UnknownCard, said: string): void =>
    ask({ number: cardId, said, buildingId });
  const found = findCard(
    context,
    (number) => ask({ number }),
    (card) => unknownCardLine(context, card, linkUnknown),
  );
  const unknown = new UnknownCards(context, linkUnknown, found.refused);
  await unknown.begin();
  return {
    title: 'Cards',
    content: [wrong, tracker.element, found.element, unknown.element],
  };
};
