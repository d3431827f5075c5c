import { AdminRole, TenantId } from '@swipegate/contract';
import { ACTIONS, may } from '@swipegate/contract/back-office/permissions';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { readResponses, SECURITY } from './admin-routes.js';

export const Me = Type.Object(
  {
    userId: Type.String(),
    userName: Type.String(),
    tenantId: TenantId,
    roles: Type.Array(AdminRole),
    actions: Type.Array(Type.Enum([...ACTIONS]), { description: 'Actions the user may do' }),
  },
  { $id: 'Me', description: 'The signed-in user' },
);

/** GET /v1/me: the signed-in user and their permitted actions, for display only. Each route checks again. */
export function meRoute(app: FastifyInstance): void {
  app.get(
    '/v1/me',
    {
      schema: {
        summary: 'Read the signed-in user',
        description: 'With their roles and permitted actions.',
        tags: ['me'],
        security: SECURITY,
        response: readResponses('The user', 'Me', 401, 503),
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
