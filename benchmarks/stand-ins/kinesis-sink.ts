import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { ApiKey } from '@swipegate/contract';
import { GrantedSwipes } from './granted-swipes.js';
import { readPutRecords } from './put-records-body.js';
import { selfSigned } from './self-signed.js';

export interface SinkOptions {
  /** Speaks TLS, as Kinesis does, with HTTP/2 or HTTP/1.1 as the client likes. Otherwise plain HTTP/1.1. */
  tls: boolean;
  /** Number of open shards by stream name. */
  streams: Record<string, number>;
  /** Rows of the api-keys table, for BatchGetItem and Scan: the only DynamoDB calls that accepting a swipe needs. */
  apiKeys: ApiKey[];
  /** How many of them, from the end, Scan leaves out, as if they were made later. */
  newKeys: number;
  /** Delay of each PutRecords answer, ms. */
  delayMs: number;
  /** Throughput limit of data and keys, bytes/s. An answer waits until its bytes would have passed at this rate. */
  bytesPerSecond: number;
  /** Share of records answered with ProvisionedThroughputExceededException, 0 to 1, evenly spread. */
  failedShare: number;
  /** Grants each swipe: one reader of the decisions stream gets the decisions. Otherwise nothing comes from there. */
  grants: boolean;
  /** Fault of whole PutRecords calls: HTTP 400 (throttled), HTTP 500, or no answer. */
  fault: 'none' | 'throttle' | 'error' | 'black-hole';
}

export const SINK_DEFAULTS: SinkOptions = {
  tls: false,
  streams: { swipes: 4, decisions: 1 },
  apiKeys: [],
  newKeys: 0,
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  failedShare: 0,
  grants: false,
  fault: 'none',
};

const HASH_KEYS = 2n ** 128n;
const REMEMBERED_KEYS = 65_536;
const THROTTLED = '"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded for shard"';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** A Kinesis that stores nothing: acknowledges PutRecords at minimal cost, so that a benchmark measures the sender. */
export class KinesisSink {
  /** Since the start, without failed records and calls. Bytes are those of data and partition keys, as in Kinesis. */
  readonly counts = { calls: 0, records: 0, bytes: 0 };
  /** Connections since the start. */
  connections = 0;
  readonly server: Server | Http2SecureServer;
  #options: SinkOptions;
  readonly #streams: Map<string, EvenShards>;
  readonly #granted = new GrantedSwipes();
  #sequence = 0;
  #failing = 0;
  #freeAt = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#streams = new Map(Object.entries(options.streams).map(([name, count]) => [name, new EvenShards(count)]));
    const serve = (request: Request, response: Response) => this.#serve(request, response);
    // Never close idle connections: a sender would count that as a fault.
    this.server = options.tls
      ? Object.assign(createSecureServer({ ...selfSigned(), allowHTTP1: true }, serve), { keepAliveTimeout: 0 })
      : createServer({ keepAliveTimeout: 0 }, serve);
    this.server.on('connection', () => {
      this.connections += 1;
    });
  }

  change(options: Partial<SinkOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  #serve(request: Request, response: Response): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      const target = String(request.headers['x-amz-target']);
      const operation = target.slice(target.indexOf('.') + 1);
      try {
        if (operation === 'PutRecords') this.#putRecords(body, response);
        else answer(response, 200, this.#answerOf(operation, JSON.parse(body.toString())));
      } catch (error) {
        answer(response, 400, JSON.stringify({ __type: 'ValidationException', message: String(error) }));
      }
    });
  }

  #putRecords(body: Buffer, response: Response): void {
    const { fault, delayMs, bytesPerSecond, grants } = this.#options;
    if (fault !== 'none') {
      if (fault === 'error') answer(response, 500, '{"__type":"InternalFailure"}');
      if (fault === 'throttle') answer(response, 400, '{"__type":"ProvisionedThroughputExceededException"}');
      return;
    }
    const { streamName, entries } = readPutRecords(body);
    const shards = this.#shardsOf(streamName);
    let failed = 0;
    let bytes = 0;
    const results = entries.map(({ partitionKey, explicitHashKey, dataBytes }) => {
      if (this.#nextFails()) {
        failed += 1;
        return `{${THROTTLED}}`;
      }
      bytes += dataBytes + Buffer.byteLength(partitionKey);
      const shardId = shards.ids[shards.indexOf(partitionKey, explicitHashKey)];
      return `{"ShardId":"${shardId}","SequenceNumber":"${this.#nextSequence()}"}`;
    });
    this.counts.calls += 1;
    this.counts.records += entries.length - failed;
    this.counts.bytes += bytes;
    const text = `{"FailedRecordCount":${failed},"Records":[${results.join()}]}`;
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes / bytesPerSecond) * 1_000;
    const waitMs = this.#freeAt - now + delayMs;
    const acknowledge = () => {
      if (grants) this.#granted.take(body);
      answer(response, 200, text);
    };
    if (waitMs <= 0) acknowledge();
    else setTimeout(acknowledge, waitMs);
  }

  #nextFails(): boolean {
    this.#failing += this.#options.failedShare;
    if (this.#failing < 1) return false;
    this.#failing -= 1;
    return true;
  }

  /** 56 digits, like Kinesis; ascending over all shards. */
  #nextSequence(): string {
    this.#sequence += 1;
    return `49${String(this.#sequence).padStart(54, '0')}`;
  }

  #shardsOf(streamName: unknown): EvenShards {
    const shards = this.#streams.get(String(streamName));
    if (shards === undefined) throw new Error(`The stream ${String(streamName)} does not exist`);
    return shards;
  }

  #answerOf(operation: string, input: Record<string, unknown>): string {
    switch (operation) {
      case 'ListShards':
        return JSON.stringify({ Shards: this.#shardsOf(input['StreamName']).list() });
      case 'DescribeStreamSummary': {
        const OpenShardCount = this.#shardsOf(input['StreamName']).ids.length;
        const summary = { StreamName: input['StreamName'], StreamStatus: 'ACTIVE', OpenShardCount };
        return JSON.stringify({ StreamDescriptionSummary: summary });
      }
      case 'GetShardIterator':
        return '{"ShardIterator":"what-is-new"}';
      case 'GetRecords':
        return `{"Records":${this.#granted.records()},"NextShardIterator":"what-is-new","MillisBehindLatest":0}`;
      case 'BatchGetItem':
        return this.#apiKeysOf(JSON.stringify(input['RequestItems']));
      case 'Scan':
        return this.#keyHashes();
      default:
        throw new Error(`The sink does not support ${operation}`);
    }
  }

  #keyHashes(): string {
    const { apiKeys, newKeys } = this.#options;
    const listed = apiKeys.slice(0, apiKeys.length - newKeys);
    return JSON.stringify({ Items: listed.map(({ keyHash }) => ({ keyHash: { S: keyHash } })) });
  }

  /** @param request RequestItems, which name one table and the hashes of keys */
  #apiKeysOf(request: string): string {
    const [tableName = ''] = Object.keys(JSON.parse(request));
    const wanted = new Set(request.match(/[0-9a-f]{64}/g));
    const items = this.#options.apiKeys
      .filter(({ keyHash }) => wanted.has(keyHash))
      .map(({ keyHash, keyId, tenantId, readerIds }) => ({
        keyHash: { S: keyHash },
        keyId: { S: keyId },
        tenantId: { S: tenantId },
        readerIds: { L: readerIds.map((S) => ({ S })) },
      }));
    return JSON.stringify({ Responses: { [tableName]: items }, UnprocessedKeys: {} });
  }
}

/**
 * The open shards of a stream, which split the hash keys evenly. Shares no code with the producer's shard map, so that
 * a mistake in that map shows.
 */
class EvenShards {
  readonly ids: readonly string[];
  readonly #count: bigint;
  readonly #known = new Map<string, number>();

  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, i) => `shardId-${String(i).padStart(12, '0')}`);
    this.#count = BigInt(count);
  }

  /** The shards as ListShards returns them. */
  list() {
    return this.ids.map((ShardId, i) => ({
      ShardId,
      HashKeyRange: {
        StartingHashKey: this.#start(BigInt(i)).toString(),
        EndingHashKey: (this.#start(BigInt(i) + 1n) - 1n).toString(),
      },
      SequenceNumberRange: { StartingSequenceNumber: '0' },
    }));
  }

  /** Index of the shard that takes a record: by its explicit hash key, else by the MD5 of its partition key. */
  indexOf(partitionKey: string, explicitHashKey: string | undefined): number {
    const name = explicitHashKey === undefined ? `k${partitionKey}` : `h${explicitHashKey}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const hashKey =
      explicitHashKey === undefined
        ? BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`)
        : BigInt(explicitHashKey);
    const index = Number((hashKey * this.#count) / HASH_KEYS);
    if (this.#known.size >= REMEMBERED_KEYS) this.#known.clear();
    this.#known.set(name, index);
    return index;
  }

  /** The smallest hash key of shard `index`, rounded up so that {@link indexOf} is a plain division. */
  #start(index: bigint): bigint {
    return (index * HASH_KEYS + this.#count - 1n) / this.#count;
  }
}

function answer(response: Response, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
