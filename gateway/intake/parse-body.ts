import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

/** A line of NDJSON that is not JSON, in the place of its value. */
export class MalformedLine {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A body as it came. It is parsed by whoever needs its items, see {@link parseBody}. */
export interface PostedBody {
  bytes: Buffer;
  format: 'json' | 'ndjson';
}

export interface ParsedBody {
  /** One JSON object, or a batch (JSON array or NDJSON) whose items stand or fall alone. */
  form: 'single' | 'batch';
  items: unknown[];
}

/** Parses a body of either format. Throws `malformed-json` with the parser's reason. */
export function parseBody({ bytes, format }: PostedBody): ParsedBody {
  const text = bytes.toString();
  return format === 'json' ? parseJson(text) : parseNdjson(text);
}

/** Parses one JSON document. Throws `malformed-json` with the parser's reason. */
export function parseJson(text: string): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === '' ? 'the body is empty' : error instanceof Error ? error.message : String(error);
    throw new ProblemError('malformed-json', `The body could not be parsed: ${reason}`, { reason });
  }
  return Array.isArray(value) ? { form: 'batch', items: value } : { form: 'single', items: [value] };
}

/** Parses newline-delimited JSON; empty lines are passed over, a line that is not JSON spoils only itself. */
function parseNdjson(text: string): ParsedBody {
  const items: unknown[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      items.push(JSON.parse(line));
    } catch (error) {
      items.push(new MalformedLine(error instanceof Error ? error.message : String(error)));
    }
  }
  return { form: 'batch', items };
}

/** Replaces Fastify's own parsers, whose errors could not name the bad line: a request's body is a {@link PostedBody}. */
export function useBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // Before the body is read: packed, it would be taken for broken JSON.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const coding = request.headers['content-encoding'];
    done(coding === undefined || coding.toLowerCase() === 'identity' ? null : notDecoded(coding), payload);
  });
  takeAs(app, 'application/json', 'json');
  for (const type of ['application/x-ndjson', 'application/jsonl']) takeAs(app, type, 'ndjson');
}

function takeAs(app: FastifyInstance, contentType: string, format: PostedBody['format']): void {
  app.addContentTypeParser<Buffer>(contentType, { parseAs: 'buffer' }, (_request, bytes, done) => {
    done(null, { bytes, format } satisfies PostedBody);
  });
}

function notDecoded(coding: string): ProblemError {
  return new ProblemError(
    'unsupported-media-type',
    `Send the body as it is: Content-Encoding ${coding} is not taken.`,
    {
      field: 'Content-Encoding',
      reason: 'must be left out, or identity',
      headers: { 'accept-encoding': 'identity', 'accept-post': 'application/json, application/x-ndjson' },
    },
  );
}
