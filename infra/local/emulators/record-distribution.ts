import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { bodyOf } from './protocol/serve-emulator.js';

const AUTO = 'AUTO';

interface Keys {
  PartitionKey?: string;
  ExplicitHashKey?: string;
}

/** A call's input, as far as this file reads it. That of PutRecord is a record itself. */
interface Input extends Keys {
  StreamName?: string;
  StreamARN?: string;
  RecordDistributionStrategy?: string;
  Records?: Keys[];
}

/**
 * Lets a kinesalite play streams with the record distribution strategy AUTO, which it does not know: such a stream ignores
 * the keys of records. UpdateStreamRecordDistributionStrategy switches it on and off, DescribeStreamSummary tells it. All
 * other calls pass untouched, and so does every PutRecords while no stream has AUTO.
 */
export function playRecordDistribution(server: Server): Server {
  const streams = new Set<string>();
  const listeners = server.listeners('request');
  const pass = (request: Readable, response: ServerResponse) => {
    for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
  };
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    if (operation === 'UpdateStreamRecordDistributionStrategy') void update(request, response, streams);
    else if (operation === 'DescribeStreamSummary') {
      void change(request, response, pass, (input) => describe(response, streams.has(nameOf(input))));
    } else if (operation.startsWith('PutRecord') && streams.size > 0) {
      void change(request, response, pass, (input) => {
        if (streams.has(nameOf(input))) ignoreKeys(input.Records ?? [input]);
      });
    } else pass(request, response);
  });
  return server;
}

async function update(request: IncomingMessage, response: ServerResponse, streams: Set<string>): Promise<void> {
  const input = inputIn(await bodyOf(request)) ?? {};
  if (input.RecordDistributionStrategy === AUTO) streams.add(nameOf(input));
  else streams.delete(nameOf(input));
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': 2 }).end('{}');
}

/** Passes a call on after `by` has changed its input. */
async function change(
  request: IncomingMessage,
  response: ServerResponse,
  pass: (request: Readable, response: ServerResponse) => void,
  by: (input: Input) => void,
): Promise<void> {
  const { method, url, headers } = request;
  const body = await bodyOf(request);
  const input = inputIn(body);
  if (input) by(input);
  const replayed = Readable.from([input ? Buffer.from(JSON.stringify(input)) : body]);
  pass(Object.assign(replayed, { method, url, headers }), response);
}

/** Sends each record to any shard. A record of such a stream needs no partition key. */
function ignoreKeys(records: readonly Keys[]): void {
  for (const record of records) {
    record.PartitionKey ??= 'any';
    record.ExplicitHashKey = String(BigInt(randomInt(2 ** 32)) << 96n);
  }
}

/** Adds the strategy to the answer that kinesalite ends the response with. */
function describe(response: ServerResponse, isAuto: boolean): void {
  const end = response.end.bind(response);
  response.end = (text?: unknown) => {
    // An error is passed on as it is.
    const answer: { StreamDescriptionSummary?: object } = JSON.parse(String(text));
    if (answer.StreamDescriptionSummary) {
      Object.assign(answer.StreamDescriptionSummary, {
        RecordDistributionStrategy: isAuto ? AUTO : 'USER_PARTITION_KEY',
        ...(isAuto && { StreamModeDetails: { StreamMode: 'ON_DEMAND' } }),
      });
    }
    const body = Buffer.from(JSON.stringify(answer));
    response.setHeader('content-length', body.length);
    return end(body);
  };
}

function nameOf({ StreamName, StreamARN }: Input): string {
  return StreamName ?? StreamARN?.split('/').at(-1) ?? '';
}

/** Undefined if the body is not JSON: kinesalite answers such a call, or one in CBOR. */
function inputIn(body: Buffer): Input | undefined {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
