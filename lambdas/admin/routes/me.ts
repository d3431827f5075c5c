import { AdminRole, TenantId } from '@swipegate/contract';
import { ACTIONS, may } from '@swipegate/contract/back-office/permissions';
import { problemResponses } from '@swipegate/http/documented-problems';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { userOf } from '../sign-in/authenticate.js';
import { SECURITY } from './admin-routes.js';

export const Me = Type.Object(
  {
    userId: Type.String(),
    userName: Type.String(),
    tenantId: TenantId,
    roles: Type.Array(AdminRole),
    actions: Type.Array(Type.Enum([...ACTIONS]), { description: 'What the user may do' }),
  },
  { $id: 'Me', description: 'Who is signed in' },
);

/** GET /v1/me: who is signed in, and what they may do: a page shows what can be done, the API still decides. */
export function meRoute(app: FastifyInstance): void {
  app.get(
    '/v1/me',
    {
      schema: {
        summary: 'Read who is signed in',
        description: 'And what they may do.',
        tags: ['me'],
        security: SECURITY,
        response: {
          200: { description: 'The user', content: { 'application/json': { schema: { $ref: 'Me#' } } } },
          ...problemResponses(401, 503),
        },
      },
    },
    async (request) => {
      const user = userOf(request);
      const { userId, userName, tenantId, roles } = user;
      return {
        userId,
        userName,
        tenantId,
        roles: Array.from(roles),
        actions: ACTIONS.filter((action) => may(user, action)),
      };
    },
  );
}
