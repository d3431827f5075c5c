import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Treatment of one PutRecords call. `partial` rejects each entry with the given probability, 0 to 1. */
export type Fault =
  | { kind: 'none' }
  | { kind: 'partial'; chance: number }
  | { kind: 'throttle' }
  | { kind: 'error500' }
  | { kind: 'reset' }
  /** Stored, but never answered. */
  | { kind: 'late' }
  /** Neither stored nor answered. */
  | { kind: 'black-hole' };

interface Entry {
  Data: string;
  PartitionKey: string;
  ExplicitHashKey?: string;
}

export interface FaultProxy {
  port: number;
  /** Whether the stream distributes records by AUTO: their keys are ignored. */
  isAuto: boolean;
  /** Number of calls by kind of fault. */
  counts: Record<Fault['kind'], number>;
  /** Kinesis records passed to the emulator, and how many of them it had stored before. */
  stored: number;
  restored: number;
  close(): Promise<void>;
}

/** Proxy that injects faults into the PutRecords calls of an emulator, and can play a stream with AUTO. */
export async function startFaultProxy(port: number, choose: () => Fault, random: () => number): Promise<FaultProxy> {
  const known = new Set<string>();
  const held = new Set<ServerResponse>();
  const proxy: FaultProxy = {
    port: 0,
    isAuto: false,
    counts: { none: 0, partial: 0, throttle: 0, error500: 0, reset: 0, late: 0, 'black-hole': 0 },
    stored: 0,
    restored: 0,
    async close() {
      for (const response of held) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const store = (entries: Entry[]) => {
    for (const { Data } of entries) {
      proxy.stored += 1;
      if (known.has(Data)) proxy.restored += 1;
      known.add(Data);
    }
  };

  const server = createServer(async (incoming, response) => {
    const body = await bodyOf(incoming);
    const target = String(incoming.headers['x-amz-target']);
    if (!target.endsWith('.PutRecords')) {
      const answer = await forward(port, incoming, body);
      send(response, target.endsWith('.DescribeStreamSummary') ? withStrategy(answer, proxy.isAuto) : answer);
      return;
    }
    const call: { StreamName: string; Records: Entry[] } = JSON.parse(body.toString());
    if (proxy.isAuto) for (const entry of call.Records) entry.ExplicitHashKey = anyHashKey(random);
    const fault = choose();
    proxy.counts[fault.kind] += 1;
    switch (fault.kind) {
      case 'throttle':
        send(response, failure(400, 'ProvisionedThroughputExceededException'));
        return;
      case 'error500':
        send(response, failure(500, 'InternalFailure'));
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'black-hole':
        held.add(response);
        return;
      case 'late':
        store(call.Records);
        await forward(port, incoming, body);
        held.add(response);
        return;
      default: {
        const refused = call.Records.map(() => fault.kind === 'partial' && random() < fault.chance);
        const passed = call.Records.filter((_, i) => !refused[i]);
        store(passed);
        const results: unknown[] = [];
        if (passed.length > 0) {
          const answer = await forward(port, incoming, Buffer.from(JSON.stringify({ ...call, Records: passed })));
          results.push(...JSON.parse(answer.body.toString()).Records);
        }
        const records = refused.map((isRefused) =>
          isRefused
            ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' }
            : results.shift(),
        );
        const failed = refused.filter(Boolean).length;
        send(response, {
          status: 200,
          body: Buffer.from(JSON.stringify({ FailedRecordCount: failed, Records: records })),
        });
      }
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object' && address) proxy.port = address.port;
  return proxy;
}

interface Answer {
  status: number;
  body: Buffer;
}

function withStrategy({ status, body }: Answer, isAuto: boolean): Answer {
  const answer: { StreamDescriptionSummary: object } = JSON.parse(body.toString());
  const summary = {
    ...answer.StreamDescriptionSummary,
    RecordDistributionStrategy: isAuto ? 'AUTO' : 'USER_PARTITION_KEY',
  };
  return { status, body: Buffer.from(JSON.stringify({ StreamDescriptionSummary: summary })) };
}

function anyHashKey(random: () => number): string {
  return String(BigInt(Math.floor(random() * 2 ** 32)) << 96n);
}

function failure(status: number, type: string): Answer {
  return { status, body: Buffer.from(JSON.stringify({ __type: type, message: 'by the fault proxy' })) };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'content-length': body.length });
  response.end(body);
}

async function forward(port: number, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const headers = { ...incoming.headers, 'content-length': String(body.length) };
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: incoming.url, headers });
  outgoing.end(body);
  const [answer]: IncomingMessage[] = await once(outgoing, 'response');
  if (!answer) throw new Error('no answer');
  return { status: answer.statusCode ?? 500, body: await bodyOf(answer) };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
