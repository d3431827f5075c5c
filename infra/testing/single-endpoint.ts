import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDynamodb } from '../local/emulators/create-dynamodb.js';
import { createKinesis } from '../local/emulators/create-kinesis.js';
import { serveStorageAndMessaging } from '../local/emulators/serve-storage-and-messaging.js';
import { closeServer, listenOnLoopback } from '../local/processes/ports.js';

export interface SingleEndpoint {
  endpoint: string;
  /** Answers calls whose `X-Amz-Target` ends with the key, such as BatchExecuteStatement, with this error. */
  refusals: Map<string, { code: string; message: string }>;
  close(): Promise<void>;
}

/** The local cloud's emulators in this process behind one address, without resources: what LocalStack looks like. */
export async function serveSingleEndpoint(): Promise<SingleEndpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'swipegate-test-'));
  const [kinesis, dynamodb] = [createKinesis(), createDynamodb()];
  const storage = await serveStorageAndMessaging({ folder });
  const services: Readonly<Record<string, string>> = {
    kinesis: await listenOnLoopback(kinesis),
    dynamodb: await listenOnLoopback(dynamodb),
    s3: storage.s3Endpoint,
    sns: storage.snsEndpoint,
    sqs: storage.sqsEndpoint,
  };
  const refusals: SingleEndpoint['refusals'] = new Map();
  const server = createServer((request, response) => {
    const refusal = refusals.get(String(request.headers['x-amz-target']).replace(/^.*\./, ''));
    if (refusal !== undefined) refuse(request, response, refusal);
    else pass(request, response, services[serviceOf(request)] ?? storage.s3Endpoint);
  });
  return {
    endpoint: await listenOnLoopback(server),
    refusals,
    close: async () => {
      await Promise.all([closeServer(server), storage.close(), closeServer(kinesis), closeServer(dynamodb)]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Service of a signed request, from its scope: `Credential=ID/DAY/REGION/SERVICE/aws4_request`. */
function serviceOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/[\w-]+\/(\w+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 's3';
}

function pass(request: IncomingMessage, response: ServerResponse, to: string): void {
  const { method = 'GET', url = '/', headers } = request;
  const onward = send(`${to}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: { code: string; message: string }): void {
  request.resume();
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: error.code, message: error.message }));
}
