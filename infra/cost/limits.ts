import { capacityFor } from './load.js';

/** A quota that may limit the rate, and its remedy. */
export interface Limit {
  name: string;
  /** Amount that the rate needs. */
  needed: number;
  /** Default of an account. */
  quota: number;
  source: string;
  /** Remedy if the rate needs more. */
  remedy: string;
}

const QUOTAS = {
  kinesis: 'https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html',
  lambda: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  dynamodb: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html',
} as const;

/** Compares what a rate needs with an account's default quotas in us-east-1, as of 2026-11. */
export function limitsAt(swipesPerSecond: number): Limit[] {
  const { swipeShards, decisionShards, gateways, concurrency, readUnitsPerSecond, writeUnitsPerSecond } =
    capacityFor(swipesPerSecond);
  return [
    {
      name: 'shards of all streams',
      needed: swipeShards + decisionShards,
      quota: 20_000,
      source: QUOTAS.kinesis,
      remedy: 'request an increase, or split the tenants over accounts',
    },
    {
      name: 'fan-out consumers of decisions',
      needed: gateways,
      quota: 20,
      source: QUOTAS.kinesis,
      remedy: 'use larger instances with more GATEWAY_WORKERS',
    },
    {
      name: 'Lambda concurrency',
      needed: concurrency,
      quota: 1_000,
      source: QUOTAS.lambda,
      remedy: 'request an increase: each shard needs one',
    },
    {
      name: 'write units/s of a table',
      // Decisions and presence take about half of all units each.
      needed: writeUnitsPerSecond / 2,
      quota: 40_000,
      source: QUOTAS.dynamodb,
      remedy: 'request an increase; warm tables before known peaks',
    },
    {
      name: 'read units/s of a table',
      needed: readUnitsPerSecond / 2,
      quota: 40_000,
      source: QUOTAS.dynamodb,
      remedy: 'request an increase',
    },
  ];
}
