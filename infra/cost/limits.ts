import { capacityFor } from './load.js';

/** A quota that a rate comes up against, and what lifts it. */
export interface Limit {
  name: string;
  /** What the rate needs of it. */
  needed: number;
  /** What an account has by default. */
  quota: number;
  source: string;
  /** What to do above it. */
  remedy: string;
}

const QUOTAS = {
  kinesis: 'https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html',
  lambda: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  dynamodb: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html',
} as const;

/** Default quotas of an account in us-east-1, as of 2026-11, against what a rate needs. */
export function limitsAt(swipesPerSecond: number): Limit[] {
  const { swipeShards, decisionShards, gateways, concurrency, readUnitsPerSecond, writeUnitsPerSecond } =
    capacityFor(swipesPerSecond);
  return [
    {
      name: 'shards of all streams',
      needed: swipeShards + decisionShards,
      quota: 20_000,
      source: QUOTAS.kinesis,
      remedy: 'ask for more, or split the tenants over accounts',
    },
    {
      name: 'fan-out consumers of decisions',
      needed: gateways,
      quota: 20,
      source: QUOTAS.kinesis,
      remedy: 'larger instances, with more GATEWAY_WORKERS',
    },
    {
      name: 'Lambda concurrency',
      needed: concurrency,
      quota: 1_000,
      source: QUOTAS.lambda,
      remedy: 'ask for more: it grows with the shards, one each',
    },
    {
      name: 'write units/s of a table',
      // Decisions and presence have the most, about half of all each.
      needed: writeUnitsPerSecond / 2,
      quota: 40_000,
      source: QUOTAS.dynamodb,
      remedy: 'ask for more; warm the tables before a known peak',
    },
    {
      name: 'read units/s of a table',
      needed: readUnitsPerSecond / 2,
      quota: 40_000,
      source: QUOTAS.dynamodb,
      remedy: 'ask for more',
    },
  ];
}
