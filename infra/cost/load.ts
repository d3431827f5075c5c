import { readConfig } from '@swipegate/gateway/config/config';
import { DECISIONS_PER_RECORD } from '@swipegate/lambdas/decide/stores/publish';
import { DEFAULT_RECORD_BYTES, PROVISIONED_SHARD } from 'kinesis-producer-lite';
import { decideMapping } from '../resources.js';

/** Load per swipe on each service, as measured by `npm run bench -- stream-cost decide-cost decide-cpu`. */
export const PER_SWIPE = {
  /** Bytes on the swipes stream, aggregated: a shard takes 5,080 swipes/s (stream-cost). */
  streamBytes: 206,
  /** Bytes on the decisions stream. */
  decisionBytes: 620,
  /** DynamoDB units per decision, in batches of 1,000 (decide-cost): the decision's table, presence, the others. */
  decisionReads: 1,
  decisionWrites: 3.99,
  presenceReads: 1,
  presenceWrites: 1.91,
  otherReads: 2,
  /** A decision's row of 570 bytes, plus DynamoDB's 100 bytes of overhead. */
  rowBytes: 670,
  /** The row and its copies in three indexes. */
  tableBytes: 2_550,
  /** CPU of the function, ms (decide-cpu, in a slow hour). */
  decideCpuMs: 0.025,
  /** CPU of the gateway, ms, for single swipes (gateway-single). */
  gatewayCpuMs: 0.11,
  /** Bytes of HTTP, both directions. */
  httpBytes: 1_200,
  /** The part of them that goes to the reader: status, headers, decision, TLS (estimate). */
  answerBytes: 550,
  /** Line of the load balancer's access log, compressed (estimate). */
  accessLogBytes: 100,
} as const;

export const SHARD_BYTES_PER_SECOND = 1_000_000;
const LINGER_SECONDS = readConfig({}).LINGER_MS / 1_000;
/** Maximum planned utilisation of shards and cores. */
export const UTILISATION = 0.7;
/** Total time of an invocation's sequential calls, ms: reads, zones, cards, decisions, the stream. */
export const INVOCATION_WAIT_MS = 35;
export const HOURS_A_MONTH = 730;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
export const DAYS_A_MONTH = 365 / 12;
export const GB = 1e9;
/** Memory of a function. */
export const LAMBDA_GB = 1_769 / 1_024;

export interface Capacity {
  swipeShards: number;
  decisionShards: number;
  /** Gateways with two cores each: one spare, and at least two. */
  gateways: number;
  /** Concurrent invocations of decide. */
  concurrency: number;
  invocationsPerSecond: number;
  /** For the busiest table, the decisions, with its indexes. */
  readUnitsPerSecond: number;
  writeUnitsPerSecond: number;
  /** Kinesis records of each stream. */
  swipeRecords: StreamRecords;
  decisionRecords: StreamRecords;
}

/** Kinesis records as their producer puts them: AWS bills each record, rounded up. */
export interface StreamRecords {
  perSecond: number;
  /** Mean size. */
  bytes: number;
}

const CORES_A_GATEWAY = 2;

/** @param swipesPerSecond average over a month; {@link UTILISATION} leaves room for peaks */
export function capacityFor(swipesPerSecond: number): Capacity {
  const shards = (bytes: number) =>
    Math.max(1, Math.ceil((swipesPerSecond * bytes) / (SHARD_BYTES_PER_SECOND * UTILISATION)));
  const swipeShards = shards(PER_SWIPE.streamBytes);
  const gateways = Math.max(
    2,
    1 + Math.ceil((swipesPerSecond * PER_SWIPE.gatewayCpuMs) / 1_000 / (CORES_A_GATEWAY * UTILISATION)),
  );
  const swipeRecords = swipeRecordsOf(swipesPerSecond, swipeShards, gateways);
  // Only one batch per shard is in flight. It holds what arrived during the previous batch, in records of many swipes.
  const perShard = swipesPerSecond / swipeShards;
  const batchMs = (swipes: number) => INVOCATION_WAIT_MS + swipes * PER_SWIPE.decideCpuMs;
  // Steady state, where arrivals during one batch are the next batch: swipes = perShard x (wait + swipes x cpu).
  const share = (perShard * PER_SWIPE.decideCpuMs) / 1_000;
  const inBatch = Math.min(
    decideMapping.batchSize * (swipeRecords.bytes / PER_SWIPE.streamBytes),
    Math.max(1, (perShard * INVOCATION_WAIT_MS) / 1_000 / Math.max(0.05, 1 - share)),
  );
  const invocationsPerSecond = swipesPerSecond / inBatch;
  return {
    swipeShards,
    decisionShards: shards(PER_SWIPE.decisionBytes),
    gateways,
    concurrency: Math.max(1, Math.min(swipeShards, Math.ceil((invocationsPerSecond * batchMs(inBatch)) / 1_000))),
    invocationsPerSecond,
    readUnitsPerSecond: swipesPerSecond * Math.max(PER_SWIPE.decisionReads, PER_SWIPE.presenceReads),
    writeUnitsPerSecond: swipesPerSecond * PER_SWIPE.decisionWrites,
    swipeRecords,
    decisionRecords: decisionRecordsOf(invocationsPerSecond, inBatch),
  };
}

/**
 * A gateway has one open record per shard. The first swipe opens it, and the swipes of the next LINGER_MS join. A shard
 * refuses more than 1,000 records/s; refused records wait, and the next ones are larger.
 */
function swipeRecordsOf(swipesPerSecond: number, shards: number, gateways: number): StreamRecords {
  const lingered = 1 + (swipesPerSecond / shards / gateways) * LINGER_SECONDS;
  const paced = swipesPerSecond / shards / PROVISIONED_SHARD.recordsPerSecond;
  const swipes = Math.min(Math.max(lingered, paced), DEFAULT_RECORD_BYTES / PER_SWIPE.streamBytes);
  return { perSecond: swipesPerSecond / swipes, bytes: swipes * PER_SWIPE.streamBytes };
}

/** Each invocation of decide puts the decisions of its batch. */
function decisionRecordsOf(invocationsPerSecond: number, inBatch: number): StreamRecords {
  const perBatch = Math.ceil(inBatch / DECISIONS_PER_RECORD);
  return { perSecond: invocationsPerSecond * perBatch, bytes: (inBatch / perBatch) * PER_SWIPE.decisionBytes };
}

/** Duration of an invocation, ms. */
export function invocationMs(swipesPerSecond: number, { invocationsPerSecond }: Capacity): number {
  return INVOCATION_WAIT_MS + (swipesPerSecond / invocationsPerSecond) * PER_SWIPE.decideCpuMs;
}

/** A quota that may limit the rate, and the remedy if the rate needs more. */
export interface Limit {
  name: string;
  needed: number;
  quota: number;
  source: string;
  remedy: string;
}

const KINESIS = 'streams/latest/dev/service-sizes-and-limits.html';
const LAMBDA = 'lambda/latest/dg/gettingstarted-limits.html';
const DYNAMODB = 'amazondynamodb/latest/developerguide/ServiceQuotas.html';

function limit(name: string, needed: number, quota: number, page: string, remedy: string): Limit {
  return { name, needed, quota, source: `https://docs.aws.amazon.com/${page}`, remedy };
}

/** Compares what a rate needs with an account's default quotas in us-east-1, as of 2026-11. */
export function limitsAt(swipesPerSecond: number): Limit[] {
  const { swipeShards, decisionShards, gateways, concurrency, readUnitsPerSecond, writeUnitsPerSecond } =
    capacityFor(swipesPerSecond);
  return [
    limit(
      'shards of all streams',
      swipeShards + decisionShards,
      20_000,
      KINESIS,
      'request an increase, or split the tenants over accounts',
    ),
    limit('fan-out consumers of decisions', gateways, 20, KINESIS, 'use larger instances with more GATEWAY_WORKERS'),
    limit('Lambda concurrency', concurrency, 1_000, LAMBDA, 'request an increase: each shard needs one'),
    limit(
      'write units/s of a table',
      writeUnitsPerSecond,
      40_000,
      DYNAMODB,
      'request an increase; warm tables before known peaks',
    ),
    limit('read units/s of a table', readUnitsPerSecond, 40_000, DYNAMODB, 'request an increase'),
  ];
}
