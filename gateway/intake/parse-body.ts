import { MAX_BATCH_ITEMS } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import { readBody } from './read-body.js';

const ITEM_TYPES = 'application/json, application/x-ndjson';

/** Stands for an NDJSON line that is not JSON. */
export class MalformedLine {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export interface PostedBody {
  bytes: Buffer;
  format: 'json' | 'ndjson';
}

export interface ParsedBody {
  /** `single`: one JSON value. `batch`: a JSON array or NDJSON, whose items are accepted or rejected one by one. */
  form: 'single' | 'batch';
  items: unknown[];
}

/** OpenAPI description of a {@link PostedBody}. @param noun one item, for the text about NDJSON */
export function postedItems(schema: { $ref: string }, noun: string) {
  return {
    content: {
      'application/json': { schema: { anyOf: [schema, { type: 'array', maxItems: MAX_BATCH_ITEMS, items: schema }] } },
      'application/x-ndjson': { schema: { type: 'string', description: `One ${noun} per line` } },
    },
  };
}

/** @throws {ProblemError} `unsupported-media-type` if there is no body */
export function postedBody(body: PostedBody | undefined | null): PostedBody {
  if (body !== undefined && body !== null) return body;
  throw new ProblemError(
    'unsupported-media-type',
    'Send a body with Content-Type application/json or application/x-ndjson.',
    { headers: { 'accept-post': ITEM_TYPES } },
  );
}

/** @throws {ProblemError} `malformed-json`, `too-many-items` or `empty-batch` */
export function parseBody({ bytes, format }: PostedBody): ParsedBody {
  const text = bytes.toString();
  const body = format === 'json' ? parseJson(text) : parseNdjson(text);
  const { length } = body.items;
  if (length > MAX_BATCH_ITEMS) {
    throw new ProblemError(
      'too-many-items',
      `A batch must not exceed ${MAX_BATCH_ITEMS} items; this one has ${length}. Nothing was accepted.`,
    );
  }
  if (length === 0) throw new ProblemError('empty-batch', 'Send at least one item.');
  return body;
}

/** @throws {ProblemError} `malformed-json` with the parser's reason */
function parseJson(text: string): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformedJson(text, error);
  }
  return Array.isArray(value) ? { form: 'batch', items: value } : { form: 'single', items: [value] };
}

function malformedJson(text: string, error: unknown): ProblemError {
  const reason = text.trim() === '' ? 'the body is empty' : error instanceof Error ? error.message : String(error);
  return new ProblemError('malformed-json', `The body is not valid JSON: ${reason}`, { reason });
}

function parseNdjson(text: string): ParsedBody {
  const items: unknown[] = [];
  for (const untrimmed of text.split('\n')) {
    // trim() also removes a byte-order mark. A file made by joining several has one at each joint.
    const line = untrimmed.trim();
    if (line === '') continue;
    try {
      items.push(JSON.parse(line));
    } catch (error) {
      items.push(new MalformedLine(error instanceof Error ? error.message : String(error)));
    }
  }
  return { form: 'batch', items };
}

/** Replaces Fastify's body parsers, whose errors cannot name the bad line. Request bodies become {@link PostedBody}. */
export function useBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // Check before reading the body: compressed bytes would look like malformed JSON.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const coding = request.headers['content-encoding'];
    done(coding === undefined || coding.toLowerCase() === 'identity' ? null : unsupportedEncoding(coding), payload);
  });
  const addParser = (contentType: string | string[], format: PostedBody['format']) =>
    app.addContentTypeParser(contentType, (request, payload, done) => {
      readBody(request, payload, (error, bytes) => done(error, bytes && ({ bytes, format } satisfies PostedBody)));
    });
  addParser('application/json', 'json');
  addParser(['application/x-ndjson', 'application/jsonl'], 'ndjson');
}

function unsupportedEncoding(coding: string): ProblemError {
  return new ProblemError(
    'unsupported-media-type',
    `Content-Encoding ${coding} is not supported. Send the body uncompressed.`,
    {
      field: 'Content-Encoding',
      reason: 'must be absent or identity',
      headers: { 'accept-encoding': 'identity', 'accept-post': ITEM_TYPES },
    },
  );
}

/** Accepts one JSON document only, for operators' routes; readers' routes also accept arrays and NDJSON. */
export function useJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    readBody(request, payload, (error, bytes) => {
      if (bytes === undefined) return done(error);
      try {
        done(null, JSON.parse(bytes.toString()));
      } catch (cause) {
        done(malformedJson(bytes.toString(), cause));
      }
    });
  });
  app.addContentTypeParser('*', (_request, _payload, done) => done(noJson()));
  app.addHook('preValidation', (request, _reply, done) => {
    done(request.method === 'POST' && request.body === undefined ? noJson() : undefined);
  });
}

function noJson(): ProblemError {
  return new ProblemError('unsupported-media-type', 'Send a body with Content-Type application/json.', {
    headers: { 'accept-post': 'application/json' },
  });
}
