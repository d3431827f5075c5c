import { CardAction, CardId, LinkCard, Timestamp, Why, ZoneId } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { momentOf } from '@swipegate/http/list-parameters';
import { badParameter, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { cardWarnings, readingsWithCards } from '../directory/card-search.js';
import { readCardsWithPresence } from '../directory/cards.js';
import { unknownCards } from '../directory/unknown-cards.js';
import { type AdminRouteOptions, changeRoute, etagOf, readResponses, SECURITY, WhyBody } from './admin-routes.js';

const Params = Type.Object({ cardId: CardId });
type Params = Type.Static<typeof Params>;

const NumberQuery = Type.Object({
  number: Type.String({
    minLength: 1,
    maxLength: 128,
    description: 'Number of a card, such as 04A1B2C3, 3283263748 or 161,45763; or the id of a card',
  }),
});
type NumberQuery = Type.Static<typeof NumberQuery>;

// The cardId is in the path.
const { type: _type, cardId: _cardId, ...linked } = LinkCard.properties;
const LinkBody = Type.Object(
  {
    ...linked,
    zoneId: Type.Optional({
      ...ZoneId,
      description: 'Zone where the employee is now; default: the zone behind most of the building’s entrances',
    }),
    why: Why,
  },
  { additionalProperties: false },
);
type LinkBody = Type.Static<typeof LinkBody>;

const ActionBody = Type.Object(
  {
    why: Why,
    validUntil: Type.Optional({ ...Timestamp, description: 'Only with reactivate: end of the card’s validity' }),
  },
  { additionalProperties: false },
);
type ActionBody = Type.Static<typeof ActionBody>;

const ACTIONS: Readonly<Record<CardAction, { action: Action; summary: string }>> = {
  unlink: { action: 'cards.unlink', summary: 'Unlink a card from its holder' },
  suspend: { action: 'cards.block', summary: 'Suspend a card' },
  lost: { action: 'cards.block', summary: 'Report a card lost' },
  stolen: { action: 'cards.block', summary: 'Report a card stolen' },
  destroyed: { action: 'cards.block', summary: 'Report a card destroyed' },
  expire: { action: 'cards.block', summary: 'Expire a card' },
  reactivate: { action: 'cards.reactivate', summary: 'Reactivate a card' },
};

/** Routes that read a card, link it to an employee and change its state. */
export function cardRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  app.get<{ Querystring: NumberQuery }>(
    '/v1/cards',
    {
      config: { action: 'cards.read' },
      schema: {
        summary: 'Find a card by its number',
        description:
          'Takes a number as a reader sends it or as it is printed on the card, in any form, and lists the ways to read it. ' +
          'Those with a card come first, then those that the readers can send by their card formats.',
        tags: ['cards'],
        security: SECURITY,
        querystring: NumberQuery,
        response: readResponses('The readings', 'CardReadingList', 400, 401, 403, 503),
      },
    },
    async (request) => {
      const lookup = readingsWithCards(dynamodb, tables, userOf(request), request.query.number);
      return { items: await databaseAnswer(request, lookup) };
    },
  );

  app.get(
    '/v1/unknown-cards',
    {
      config: { action: 'cards.read' },
      schema: {
        summary: 'List unknown cards',
        description:
          'The last card of each reader that the tenant did not have, if it still has none: at most 24 hours old, newest ' +
          'first. Link it under its `cardId`.',
        tags: ['cards'],
        security: SECURITY,
        response: readResponses('The cards', 'UnknownCardList', 401, 403, 503),
      },
    },
    async (request) => {
      const lookup = unknownCards(dynamodb, tables, userOf(request).tenantId, Date.now());
      return { items: await databaseAnswer(request, lookup) };
    },
  );

  app.get<{ Params: Params }>(
    '/v1/cards/:cardId',
    {
      config: { action: 'cards.read' },
      schema: {
        summary: 'Read a card',
        description: 'Its state, its holder, and whether the holder is inside.',
        tags: ['cards'],
        security: SECURITY,
        params: Params,
        response: readResponses('The card', 'CardWithPresence', 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      const { cardId } = request.params;
      const lookup = readCardsWithPresence(dynamodb, tables, userOf(request), [cardId]);
      const [card] = await databaseAnswer(request, lookup);
      if (card === undefined) throw unknownId('card', cardId);
      reply.header('etag', etagOf(card.version));
      return card;
    },
  );

  changeRoute<Params, LinkBody>(app, changes, {
    method: 'POST',
    url: '/v1/cards/:cardId/link',
    action: 'cards.link',
    schema: {
      summary: 'Issue a card to an employee',
      description:
        'From now on the employee is inside the building, with this card alone. With a `validFrom` in the future they stay ' +
        'where they are. The answer has `warnings` if no reader of the site can send this id.',
      tags: ['cards'],
      params: Params,
      body: LinkBody,
    },
    contentOf: ({ params, body: { why, ...link } }) => {
      const { validFrom, validUntil } = link;
      const [fromMs, untilMs] = [momentOf('validFrom', validFrom), momentOf('validUntil', validUntil)];
      if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs) {
        throw badParameter('validUntil', 'must be later than validFrom');
      }
      checkToCome(validUntil, untilMs);
      return { type: 'link-card', cardId: params.cardId, ...link };
    },
    warningsOf: (request) => cardWarnings(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, request.params.cardId),
  });

  changeRoute<Params, WhyBody>(app, changes, {
    method: 'POST',
    url: '/v1/cards/:cardId/outside',
    action: 'muster.write',
    schema: {
      summary: 'Mark the person with a card as outside',
      description:
        'For a person who left without a swipe. Send the card of their entry in the muster list; it may be unknown, or ' +
        'no longer theirs. The person is then outside, whichever card they used.',
      tags: ['cards'],
      params: Params,
      body: WhyBody,
    },
    contentOf: ({ params: { cardId } }) => ({ type: 'mark-outside', cardId }),
  });

  for (const [verb, isTraced, summary] of [
    ['trace', true, 'Trace a card'],
    ['untrace', false, 'End the trace of a card'],
  ] as const) {
    changeRoute<Params, WhyBody>(app, changes, {
      method: 'POST',
      url: `/v1/cards/:cardId/${verb}`,
      action: 'cards.trace',
      schema: {
        summary,
        description: 'Each swipe of a traced card raises the alarm `trace`. Decisions and readers do not show it.',
        tags: ['cards'],
        params: Params,
        body: WhyBody,
      },
      contentOf: ({ params: { cardId } }) => ({ type: 'trace-card', cardId, isTraced }),
    });
  }

  for (const action of CardAction.enum) {
    changeRoute<Params, ActionBody>(app, changes, {
      method: 'POST',
      url: `/v1/cards/:cardId/${action}`,
      action: ACTIONS[action].action,
      schema: {
        summary: ACTIONS[action].summary,
        description: 'The card’s state is checked when the change is applied, which may reject it.',
        tags: ['cards'],
        params: Params,
        body: ActionBody,
      },
      contentOf: ({ params: { cardId }, body: { validUntil } }) => {
        if (validUntil !== undefined && action !== 'reactivate') {
          throw badParameter('validUntil', 'is allowed only with reactivate');
        }
        checkToCome(validUntil, momentOf('validUntil', validUntil));
        return { type: 'change-card', action, cardId, ...(validUntil && { validUntil }) };
      },
    });
  }
}

/** @throws {ProblemError} for an end of validity in the past: the card would open no door */
function checkToCome(validUntil: string | undefined, ms: number | undefined): void {
  if (ms !== undefined && ms <= Date.now())
    throw badParameter('validUntil', `must be a time in the future, not ${validUntil}`);
}
