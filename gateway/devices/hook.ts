import { randomUUID } from 'node:crypto';
import { ACCESS_EVENTS, compile, type Decision, Direction, type Swipe, SwipeId, Timestamp } from '@swipegate/contract';
import { badParameter, ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/api-key-directory.js';
import { bearerKey, hashOfKey, type KeyHashOf, principalOf } from '../auth/authenticate.js';
import type { DeviceIntake } from './device-intake.js';
import { type Fields, fieldsOf, firstField } from './field.js';

/** Names under which readers send the card, by falling preference. `field` in the query gives another. */
const CARD_NAMES = [
  ...['cardid', 'card_id', 'card', 'cardno', 'card_no', 'card_sn', 'cardnumber', 'card_number', 'card_value'],
  ...['uid', 'tag', 'tagid', 'tag_id', 'rfid', 'rfcode', 'credential', 'code', 'codekey', 'qrcode', 'number'],
];
const READER_NAMES = ['readerid', 'reader_id', 'reader', 'deviceid', 'device_id', 'device', 'door'];
const SWIPE_ID_NAMES = ['swipeid', 'swipe_id'];
const TIME_NAMES = ['readat', 'read_at', 'time', 'timestamp'];

/** Readers give up after about 5 s. */
const PATIENCE_MS = 4_000;

const isSwipeId = compile(SwipeId);
const isTimestamp = compile(Timestamp);
const isDirection = compile(Direction);

interface Hook {
  Params: { key?: string };
  Querystring: Readonly<Record<string, unknown>>;
}

/** Finds the key of a reader that cannot set the header: in the path, the query, X-Api-Key, or Basic's password. */
export const hookKeyHash: KeyHashOf = (request) => {
  const { params, query, headers } = request;
  const basic = /^Basic +([A-Za-z0-9+/=_-]{1,512})$/i.exec(headers.authorization ?? '')?.[1];
  const credentials = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString().split(':');
  const named = firstField(fieldsOf(query, { 'x-api-key': headers['x-api-key'] }), ['key', 'x-api-key']);
  return hashOfKey(firstField(fieldsOf(params), ['key']) ?? bearerKey(request) ?? credentials?.at(-1) ?? named);
};

/**
 * Adds `GET` and `POST /hook/KEY`, for readers that can call a URL and nothing more: 200 `granted` opens, 403 `denied`
 * keeps shut. Every other answer is an error, on which no reader opens.
 * @param maxWaitMs longest wait that a reader can ask for, ms
 */
export function hookRoutes(
  app: FastifyInstance,
  { intake, maxWaitMs }: { intake: DeviceIntake; maxWaitMs: number },
): void {
  for (const url of ['/hook', '/hook/:key']) {
    app.route<Hook>({
      method: ['GET', 'POST'],
      url,
      // A HEAD request must not count as a swipe.
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const principal = principalOf(request);
        const fields = fieldsOf(request.body, request.query);
        const waitMs = Math.min(waitOf(fields), maxWaitMs);
        const swipe = swipeOf(fields, request, principal);
        const decision = await intake.decide(swipe, { principal, inFlight: request.inFlight, waitMs });
        return answer(request, reply, swipe, decision);
      },
    });
  }
}

/** @throws {ProblemError} `bad-request` naming the field, and what is allowed */
function swipeOf(fields: Fields, { query, headers }: FastifyRequest<Hook>, principal: Principal): Swipe {
  const named = firstField(fieldsOf(query), ['field'])?.toLowerCase();
  const cardId = firstField(fields, named === undefined ? CARD_NAMES : [named]);
  if (cardId === undefined || cardId === '') {
    const names = named ?? 'card, uid, tag, cardNo or code, or name your field with ?field=NAME';
    throw badParameter('card', `is missing: send the card’s number as ${names}`);
  }
  const direction = firstField(fields, ['direction'])?.toLowerCase();
  if (direction !== undefined && !isDirection(direction)) throw badParameter('direction', 'must be in or out');
  return {
    swipeId: swipeIdOf(fields, headers['idempotency-key']),
    readerId: readerOf(fields, principal),
    cardId,
    readAt: timeOf(firstField(fields, TIME_NAMES)),
    ...(direction === undefined ? {} : { direction }),
  };
}

/** A request without an id is a swipe of its own each time it comes. */
function swipeIdOf(fields: Fields, idempotencyKey: string | string[] | undefined): string {
  const given = firstField(fields, SWIPE_ID_NAMES) ?? idempotencyKey;
  if (given === undefined) return randomUUID();
  if (typeof given === 'string' && isSwipeId(given)) return given;
  throw badParameter('swipeId', 'must be a UUID or a ULID; without one, each request is a swipe of its own');
}

function readerOf(fields: Fields, { keyId, readerIds }: Principal): string {
  const [first, ...others] = readerIds;
  // A key of one reader says which it is. The field may then hold a name of the device's own.
  if (first !== undefined && others.length === 0) return first;
  const named = firstField(fields, READER_NAMES);
  if (named !== undefined && readerIds.has(named)) return named;
  throw badParameter('reader', `must be one of the readers of the key ${keyId}: ${Array.from(readerIds).join(', ')}`);
}

/** @returns RFC 3339 @param text RFC 3339, or Unix time in s or ms; undefined: now */
function timeOf(text: string | undefined): string {
  if (text === undefined) return new Date().toISOString();
  if (isTimestamp(text)) return text;
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1_000).toISOString();
  if (/^\d{12,13}$/.test(text)) return new Date(Number(text)).toISOString();
  throw badParameter(
    'readAt',
    'must be RFC 3339 with an offset, or Unix time; leave it out on a reader without a clock',
  );
}

/** @returns ms */
function waitOf(fields: Fields): number {
  const text = firstField(fields, ['wait']);
  if (text === undefined) return PATIENCE_MS;
  if (!/^\d{1,3}(?:\.\d{1,3})?$/.test(text) || Number(text) === 0) {
    throw badParameter('wait', 'must be a number of seconds above 0, such as 4');
  }
  return Number(text) * 1_000;
}

function answer(
  { headers }: FastifyRequest<Hook>,
  reply: FastifyReply,
  { swipeId }: Swipe,
  decision: Decision | undefined,
): FastifyReply {
  reply.header('cache-control', 'no-store').header('swipe-id', swipeId);
  if (decision === undefined) {
    throw new ProblemError('undecided', `The swipe ${swipeId} is stored, but its decision did not come in time.`);
  }
  const { outcome, reason } = decision;
  reply.code(outcome === 'granted' ? 200 : 403).header('swipe-reason', reason);
  if (/\bapplication\/json\b/.test(headers.accept ?? ''))
    return reply.send({ ...decision, text: ACCESS_EVENTS[reason] });
  return reply.type('text/plain').send(outcome);
}
