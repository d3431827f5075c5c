import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { jsonIn } from '@swipegate/contract';
import inject from 'light-my-request';
import { bodyOf, failed, takeListener } from '../protocol/serve-emulator.js';
import { batchGet, batchWrite } from './batch-calls.js';
import type { MemoryTables } from './memory-tables.js';
import { type CallEmulator, Partiql, StatementError } from './partiql.js';

const TARGET = 'DynamoDB_20120810.';

/** The body of an answer with status 200, as JSON; undefined if dynalite has to answer. */
type Answer = (input: unknown) => string | undefined;

/**
 * Puts the calls that carry the swipes in front of dynalite: BatchExecuteStatement, which dynalite lacks, and, for tables in
 * memory, BatchGetItem and BatchWriteItem. dynalite checks each value of a call several times and handles each row as a
 * call of its own. Its answers are the measure: it gets every call that is not plain.
 */
export function serveBatches(server: Server, tables?: MemoryTables): Server {
  const emulator = takeListener(server);
  const partiql = new Partiql(tables);
  const direct = new Map<string, Answer>(
    tables && [
      [`${TARGET}BatchGetItem`, (input) => batchGet(tables, input)],
      [`${TARGET}BatchWriteItem`, (input) => batchWrite(tables, input)],
    ],
  );

  /** Passes a call to dynalite. Its body is read already, or it is one that dynalite lacks. */
  const pass = (target: string, payload: string | Buffer, headers: IncomingMessage['headers']) => {
    const { 'content-length': _, 'transfer-encoding': __, ...others } = headers;
    return inject(emulator, { method: 'POST', url: '/', headers: { ...others, 'x-amz-target': target }, payload });
  };

  async function execute(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: CallEmulator = async ({ operation, input }) => {
      const answer = await pass(`${TARGET}${operation}`, JSON.stringify(input), request.headers);
      return { isDone: answer.statusCode === 200, body: answer.json() };
    };
    try {
      const Responses = await partiql.execute(jsonIn(await bodyOf(request)), call);
      send(response, 200, JSON.stringify({ Responses }));
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const __type = 'com.amazon.coral.validate#ValidationException';
      send(response, 400, JSON.stringify({ __type, message: error.message }));
    }
  }

  async function answerDirectly(
    answer: Answer,
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await bodyOf(request);
    const text = answer(jsonIn(body));
    if (text !== undefined) return send(response, 200, text);
    const { statusCode, headers, rawPayload } = await pass(target, body, request.headers);
    response.writeHead(statusCode, { ...headers }).end(rawPayload);
  }

  server.on('request', (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const answer = isSigned(request) ? direct.get(target) : undefined;
    const isStatement = target === `${TARGET}BatchExecuteStatement`;
    if (answer === undefined && !isStatement) return emulator(request, response);
    const answered = answer ? answerDirectly(answer, target, request, response) : execute(request, response);
    answered.catch(failed(response));
  });
  return server;
}

/** Whether a request looks like one of an SDK. No signature is checked. */
function isSigned({ method, headers }: IncomingMessage): boolean {
  const { authorization = '' } = headers;
  return (
    method === 'POST' &&
    headers['content-type'] === 'application/x-amz-json-1.0' &&
    headers['x-amz-date'] !== undefined &&
    /^AWS4-\S+ Credential=\S+, ?SignedHeaders=\S+, ?Signature=\S+$/.test(authorization)
  );
}

function send(response: ServerResponse, status: number, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': bytes.length,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(bytes);
}
