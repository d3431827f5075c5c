import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readBody, skipBody } from '../../intake/read-body.js';
import { type Fields, fieldsOf, firstField } from '../field.js';

/** Body of a device's request. */
export interface PostedTable {
  /** Empty if nobody needs it. */
  text: string;
  /** Number of its lines with content, if it was skipped. */
  skippedLines: number;
}

const NOTHING: PostedTable = { text: '', skippedLines: 0 };
const KEPT_TABLES: ReadonlySet<string> = new Set(['attlog', 'rtlog', 'rtstate', 'options']);
const [NEWLINE, RETURN, SPACE] = [10, 13, 32];

/** Reads the bodies of swipes, door events and descriptions of devices as text. Users, fingerprints and pictures pass unread. */
export function useTableBodies(api: FastifyInstance): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (request, payload, done) => {
    if (isKept(fieldsOf(request.query)) || isRegistration(request) || isResult(request)) {
      readBody(request, payload, (error, bytes) => {
        // Its device would send it for ever.
        if (error instanceof ProblemError && error.code === 'malformed-json') {
          request.log.error({ url: request.url }, 'a body of a device is UTF-16 and can never be taken');
          return done(null, NOTHING);
        }
        done(error, bytes && { text: bytes.toString(), skippedLines: 0 });
      });
    } else {
      const lines = new LineCount();
      const onData = (part: Buffer) => lines.add(part);
      skipBody(request, payload, {
        onData,
        done: (error) => done(error, { text: '', skippedLines: lines.end() }),
      });
    }
  });
}

/** Whether a device describes itself to be registered. */
export function isRegistration({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.startsWith('/iclock/registry');
}

function isKept(query: Fields): boolean {
  if (isQuestion(query)) return true;
  const table = tableOf(query);
  return (
    KEPT_TABLES.has(table) ||
    (table === 'tabledata' && firstField(query, ['tablename'])?.toLowerCase() === 'transaction')
  );
}

/** Whether a device tells the results of commands. */
function isResult({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.startsWith('/iclock/devicecmd');
}

/** Whether a device asks the gateway to decide. */
export function isQuestion(query: Fields): boolean {
  return firstField(query, ['authtype'])?.toLowerCase() === 'device';
}

export function tableOf(query: Fields): string {
  return firstField(query, ['table'])?.toLowerCase() ?? '';
}

export function postedTable({ body }: FastifyRequest): PostedTable {
  return isPostedTable(body) ? body : NOTHING;
}

function isPostedTable(body: unknown): body is PostedTable {
  return typeof body === 'object' && body !== null && 'text' in body && 'skippedLines' in body;
}

/** Counts lines with content, whatever ends them. */
class LineCount {
  #lines = 0;
  #hasContent = false;

  add(part: Buffer): void {
    // Without an iterator: pictures are large.
    for (let i = 0; i < part.length; i++) {
      const byte = part[i] ?? SPACE;
      if (byte === NEWLINE || byte === RETURN) this.end();
      else if (byte > SPACE) this.#hasContent = true;
    }
  }

  /** Ends a line. @returns lines until now */
  end(): number {
    if (this.#hasContent) this.#lines += 1;
    this.#hasContent = false;
    return this.#lines;
  }
}
