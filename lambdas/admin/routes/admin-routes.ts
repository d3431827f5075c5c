import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ChangeContent, ChangeId, type ChangeStatus, type ExpectedState, IfMatch, Why } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import { linkHeader } from '@swipegate/http/list-parameters';
import { badParameter, problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import Type from 'typebox';
import type { ChangePublisher } from '../directory/publisher.js';

export interface AdminRouteOptions {
  dynamodb: DynamoDBClient;
  tables: AdminTables;
  changes: ChangePublisher;
}

/** Table names, by environment variable. */
export type AdminTables = Readonly<
  Record<
    `TABLE_${'CARDS' | 'CHANGES' | 'DECISIONS' | 'DEVICE_COMMANDS' | 'EMPLOYEES' | 'OCCUPANCY' | 'PRESENCE' | 'READER_CONTACTS' | 'ROLL_CALLS' | 'SITE'}`,
    string
  >
>;

export const ChangeHeaders = Type.Object({
  'idempotency-key': Type.Optional({
    ...ChangeId,
    description: 'A UUID in lower case. Becomes the changeId; a request repeated with the same key makes one change',
  }),
  'if-match': Type.Optional(IfMatch),
  'if-none-match': Type.Optional(Type.Literal('*', { description: 'The change fails if the entry exists' })),
});
export type ChangeHeaders = Type.Static<typeof ChangeHeaders>;

/** Body of a change that has only a reason. */
export const WhyBody = Type.Object({ why: Why }, { additionalProperties: false });
export type WhyBody = Type.Static<typeof WhyBody>;

/** Query of a change that has only a reason and no body. */
export const WhyQuery = Type.Object({ why: Why });

export const SECURITY = [{ accessToken: [] }];

/** OpenAPI responses of a route that changes something. */
export const changeResponses = {
  202: {
    description: 'Accepted; not yet applied',
    content: { 'application/json': { schema: { $ref: 'ChangeStatus#' } } },
  },
  ...problemResponses(400, 401, 403, 404, 409, 412, 503),
};

/** OpenAPI response with a schema that the app knows by its `$id`. */
export function jsonResponse(description: string, schemaId: string) {
  return { description, content: { 'application/json': { schema: { $ref: `${schemaId}#` } } } };
}

/** OpenAPI responses of a route that reads one thing. @param problems their statuses */
export function readResponses(description: string, schemaId: string, ...problems: number[]) {
  return { 200: jsonResponse(description, schemaId), ...problemResponses(...problems) };
}

/** OpenAPI responses of a paginated list. */
export function pageResponses(schemaId: string) {
  return {
    200: { ...jsonResponse('A page', schemaId), headers: linkHeader },
    ...problemResponses(400, 401, 403, 503),
  };
}

interface ChangeRoute<Params, Body> {
  method: 'POST' | 'PUT' | 'DELETE';
  url: string;
  action: Action;
  /** The request must say in which state it expects the entry, because it replaces all of it. Default: it may say so. */
  isReplacing?: boolean;
  /** Its body or its query has the reason, `why`. */
  schema: FastifySchema;
  contentOf(
    request: FastifyRequest<{ Params: Params; Body: Body; Headers: ChangeHeaders }>,
  ): ChangeContent | Promise<ChangeContent>;
  /** Returns what is allowed and perhaps not meant. Rejects with an SDK error: the change is accepted without warnings. */
  warningsOf?(request: FastifyRequest<{ Params: Params; Body: Body; Headers: ChangeHeaders }>): Promise<string[]>;
}

/** The route publishes one change and answers with it. */
export function changeRoute<Params, Body>(
  app: FastifyInstance,
  changes: ChangePublisher,
  { method, url, action, isReplacing = false, schema, contentOf, warningsOf }: ChangeRoute<Params, Body>,
): void {
  app.route<{ Params: Params; Body: Body; Headers: ChangeHeaders }>({
    method,
    url,
    config: { action },
    schema: {
      security: SECURITY,
      headers: ChangeHeaders,
      response: isReplacing ? { ...changeResponses, ...problemResponses(428) } : changeResponses,
      ...schema,
    },
    handler: async (request, reply) => {
      const content = await contentOf(request);
      const expects = expectedState(request);
      if (isReplacing && expects === undefined) throw await changes.missingCondition(request, content);
      const [change, warnings = []] = await Promise.all([
        changes.publish(request, { why: whyOf(request), expects, content }),
        warningsOf?.(request).catch((error: unknown) => {
          request.log.warn({ err: error }, 'a change is accepted without its warnings');
          return [];
        }),
      ]);
      return accepted(reply, warnings.length === 0 ? change : { ...change, warnings });
    },
  });
}

/** The reason, which Fastify has validated as a member of the body or the query. */
export function whyOf({ body, query }: { body: unknown; query: unknown }): string {
  for (const part of [body, query]) {
    if (typeof part === 'object' && part !== null && 'why' in part) return String(part.why);
  }
  return '';
}

/** Returns what If-Match and If-None-Match expect. @throws {ProblemError} `bad-request` if they contradict each other */
export function expectedState({ headers }: { headers: ChangeHeaders }): ExpectedState | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) {
    throw badParameter('if-match', 'cannot be combined with if-none-match: send one of the two');
  }
  if (noneMatch !== undefined) return 'absent';
  return match === '*' ? 'present' : match?.slice(1, -1);
}

export function etagOf(version: string): string {
  return `"${version}"`;
}

export function accepted(reply: FastifyReply, change: ChangeStatus): ChangeStatus {
  reply.code(202).header('location', `/v1/changes/${change.changeId}`);
  return change;
}
