/** What a swipe is to each service, as the benchmarks measure it; `npm run bench -- stream-cost decide-cost decide-cpu`. */
export const PER_SWIPE = {
  /** On the swipes stream, aggregated: a shard takes 5,080 a second (stream-cost). */
  streamBytes: 206,
  /** On the decisions stream, aggregated by 80 (lambdas/decide/publish.ts). */
  decisionBytes: 620,
  /** DynamoDB units a decision, in batches of 1,000 (decide-cost). */
  reads: 4,
  writes: 5.9,
  /** Of a decision's row of 570 bytes and its copies in three indexes, with the 100 that DynamoDB counts for each of them. */
  tableBytes: 2_550,
  /** CPU of the function, ms (decide-cpu, in a slow hour). */
  decideCpuMs: 0.025,
  /** CPU of the gateway, ms, posted alone (gateway-single). */
  gatewayCpuMs: 0.11,
  /** HTTP in both directions. */
  httpBytes: 1_200,
} as const;

/** A record of a stream is at most 1 MB; the gateway's are this long when it is busy. */
export const RECORD_BYTES = 40_000;
export const SHARD_BYTES_PER_SECOND = 1_000_000;
export const SHARD_RECORDS_PER_SECOND = 1_000;
/** Shards, cores and the like are planned to be so full at the most. */
export const UTILISATION = 0.7;
/** What the calls of an invocation take one after the other, ms: reads, zones, cards, decisions, the stream. */
export const INVOCATION_WAIT_MS = 35;
export const SECONDS_A_MONTH = 730 * 3_600;
export const HOURS_A_MONTH = 730;

/** What a rate asks of the deployment. */
export interface Capacity {
  swipeShards: number;
  decisionShards: number;
  /** Gateways, of two cores each; one more than is needed, and two at least. */
  gateways: number;
  /** Invocations of decide under way at once. */
  concurrency: number;
  invocationsPerSecond: number;
  readUnitsPerSecond: number;
  writeUnitsPerSecond: number;
}

const CORES_A_GATEWAY = 2;
const LARGEST_BATCH = 100;

/** @param swipesPerSecond on average over a month; peaks are what {@link UTILISATION} leaves room for */
export function capacityFor(swipesPerSecond: number): Capacity {
  const shards = (bytes: number) =>
    Math.max(1, Math.ceil((swipesPerSecond * bytes) / (SHARD_BYTES_PER_SECOND * UTILISATION)));
  const swipeShards = shards(PER_SWIPE.streamBytes);
  // One batch a shard is under way at a time; it holds what came while the one before was decided, in records of many swipes.
  const perShard = swipesPerSecond / swipeShards;
  const batchMs = (swipes: number) => INVOCATION_WAIT_MS + swipes * PER_SWIPE.decideCpuMs;
  // Where what comes while one batch is decided is the next batch: swipes = perShard x (wait + swipes x cpu).
  const share = (perShard * PER_SWIPE.decideCpuMs) / 1_000;
  const inBatch = Math.min(
    LARGEST_BATCH * (RECORD_BYTES / PER_SWIPE.streamBytes),
    Math.max(1, (perShard * INVOCATION_WAIT_MS) / 1_000 / Math.max(0.05, 1 - share)),
  );
  const invocationsPerSecond = swipesPerSecond / inBatch;
  return {
    swipeShards,
    decisionShards: shards(PER_SWIPE.decisionBytes),
    gateways: Math.max(
      2,
      1 + Math.ceil((swipesPerSecond * PER_SWIPE.gatewayCpuMs) / 1_000 / (CORES_A_GATEWAY * UTILISATION)),
    ),
    concurrency: Math.max(1, Math.min(swipeShards, Math.ceil((invocationsPerSecond * batchMs(inBatch)) / 1_000))),
    invocationsPerSecond,
    readUnitsPerSecond: swipesPerSecond * PER_SWIPE.reads,
    writeUnitsPerSecond: swipesPerSecond * PER_SWIPE.writes,
  };
}

/** How long an invocation lasts, ms. */
export function invocationMs(swipesPerSecond: number, { invocationsPerSecond }: Capacity): number {
  return INVOCATION_WAIT_MS + (swipesPerSecond / invocationsPerSecond) * PER_SWIPE.decideCpuMs;
}
