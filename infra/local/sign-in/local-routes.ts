import { randomUUID } from 'node:crypto';
import { compile, explain, roleOfGroup } from '@swipegate/contract';
import type { FastifyInstance } from 'fastify';
import { need, OAuthError, parametersOf } from './oauth.js';
import { LocalUser, type Users } from './users.js';

export interface LocalOptions {
  users: Users;
  /** Issues an access token without a sign-in. */
  tokenFor(username: string): Promise<string>;
}

type Form = { Body: URLSearchParams | undefined };

const isUser = compile(LocalUser);

/**
 * Stands in for a user pool's own API on AWS: `POST /local/users` adds a user, or adds groups to one, and
 * `POST /local/token` issues an access token. They need no secret, because anyone with access can sign in as any user.
 */
export function localRoutes(app: FastifyInstance, { users, tokenFor }: LocalOptions): void {
  app.post<Form>('/local/users', async ({ body = new URLSearchParams() }, reply) => {
    const groups = body.getAll('group');
    const known = users.named(body.get('username') ?? '');
    const user: unknown = {
      sub: known?.sub ?? randomUUID(),
      ...Object.fromEntries(['username', 'name', 'email'].map((member) => [member, body.get(member) ?? ''])),
      groups: Array.from(new Set([...(known?.groups ?? []), ...groups])),
    };
    if (!isUser(user)) {
      const { field, reason } = explain(isUser.errors);
      throw new OAuthError('invalid_request', `${field} ${reason}`);
    }
    if (known !== undefined && known.email.toLowerCase() !== user.email.toLowerCase()) {
      throw new OAuthError('invalid_request', `The user ${known.username} exists with another mail address.`);
    }
    const tenants = new Set(user.groups.map((group) => roleOfGroup(group)?.tenantId));
    if (tenants.size !== 1 || tenants.has(undefined)) {
      throw new OAuthError('invalid_request', 'group must be TENANT:ROLE; all groups of a user are of one tenant.');
    }
    const isNew = known === undefined || user.groups.length > known.groups.length;
    if (isNew) await users.put(known === undefined ? user : { ...known, groups: user.groups });
    return reply.code(known === undefined ? 201 : 200).send({ sub: user.sub, groups: user.groups });
  });

  app.get('/local/users', async () => ({ items: users.all }));

  app.post<Form>('/local/token', async ({ body = new URLSearchParams() }) => {
    const username = need(parametersOf(body), 'username');
    if (users.named(username) === undefined) throw new OAuthError('invalid_request', `There is no user ${username}.`);
    return { access_token: await tokenFor(username), token_type: 'Bearer' };
  });
}
