import { randomUUID } from 'node:crypto';
import { type ChangeContent, hashApiKey, newApiKey } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import type { ChangePublisher } from '../directory/publisher.js';
import {
  accepted,
  ChangeHeaders,
  changeResponses,
  expectedState,
  jsonResponse,
  SECURITY,
  whyOf,
} from './admin-routes.js';

/** A new key as a change names it. The key itself is in no change. */
interface NewKey {
  keyId: string;
  keyHash: string;
}

interface KeyRoute<Params, Body> {
  url: string;
  action: Action;
  /** Its body has the reason, `why`. */
  schema: Pick<FastifySchema, 'summary' | 'tags' | 'params' | 'body'>;
  /** `$id` of the answer's schema. */
  answer: string;
  /** Builds the change that issues the key. @throws {ProblemError} if nothing could use the key: it would be shown and never work */
  contentOf(
    request: FastifyRequest<{ Params: Params; Body: Body; Headers: ChangeHeaders }>,
    key: NewKey,
  ): ChangeContent | Promise<ChangeContent>;
}

/** The route makes a key, publishes the change that issues it, and answers with the key: the only time it is shown. */
export function issueKeyRoute<Params, Body>(
  app: FastifyInstance,
  changes: ChangePublisher,
  { url, action, schema, answer, contentOf }: KeyRoute<Params, Body>,
): void {
  app.post<{ Params: Params; Body: Body; Headers: ChangeHeaders }>(
    url,
    {
      config: { action },
      schema: {
        description:
          'The key is returned only in this answer. A repeated request with the same Idempotency-Key gets a 409.',
        security: SECURITY,
        headers: ChangeHeaders,
        response: {
          ...changeResponses,
          202: jsonResponse('The key; valid as soon as the change is applied', answer),
        },
        ...schema,
      },
    },
    async (request, reply) => {
      const key = newApiKey();
      const keyId = `key-${randomUUID()}`;
      const content = await contentOf(request, { keyId, keyHash: hashApiKey(key) });
      const asked = { why: whyOf(request), expects: expectedState(request), content };
      const change = accepted(reply, await changes.publish(request, asked));
      reply.header('cache-control', 'no-store');
      return { ...change, keyId, key };
    },
  );
}
