import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ChangeId, type ChangeStatus, Why } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/documented-problems';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { ChangePublisher } from '../directory/publisher.js';

/** Dependencies of every group of routes. */
export interface AdminRouteOptions {
  dynamodb: DynamoDBClient;
  tables: AdminTables;
  changes: ChangePublisher;
}

/** Table names, by environment variable. */
export type AdminTables = Readonly<
  Record<`TABLE_${'CARDS' | 'CHANGES' | 'DECISIONS' | 'EMPLOYEES' | 'OCCUPANCY' | 'PRESENCE' | 'SITE'}`, string>
>;

/** Header of every request that changes something. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional({
    ...ChangeId,
    description: 'A UUID in lower case. Becomes the changeId; a request repeated with the same key makes one change',
  }),
});
export type IdempotencyHeaders = Type.Static<typeof IdempotencyHeaders>;

/** Body of a change that has only a reason. */
export const WhyBody = Type.Object({ why: Why }, { additionalProperties: false });
export type WhyBody = Type.Static<typeof WhyBody>;
/** Query of a change that has only a reason and no body. */
export const WhyQuery = Type.Object({ why: Why });
export type WhyQuery = Type.Static<typeof WhyQuery>;

export const SECURITY = [{ accessToken: [] }];

/** OpenAPI responses of a route that changes something. */
export const changeResponses = {
  202: {
    description: 'Accepted; not yet applied',
    content: { 'application/json': { schema: { $ref: 'ChangeStatus#' } } },
  },
  ...problemResponses(400, 401, 403, 404, 409, 503),
};

/** Answers 202 with an accepted change, and its status URL in Location. */
export function accepted(reply: FastifyReply, change: ChangeStatus): ChangeStatus {
  reply.code(202).header('location', `/v1/changes/${change.changeId}`);
  return change;
}
