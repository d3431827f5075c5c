import { messageOf, ProducerError, type RetryCause } from './api/errors.js';
import type { Meter, ShardMetrics } from './api/metrics.js';
import type { ProducerEvent, RecordDistribution, Settings } from './api/options.js';
import type { StreamReceipt } from './api/receipts.js';
import { ShardMap } from './api/shard-map.js';
import { callRecord, gather, type Load, recordApart } from './calls.js';
import type { UserRecord } from './format/deaggregate.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import { Acknowledgement } from './lanes/acknowledgement.js';
import { Lane, type LaneOptions } from './lanes/lane.js';
import { LaneSpooler } from './lanes/lane-spooler.js';
import { relane } from './lanes/reshard.js';
import { isWithin, type Slab } from './lanes/slab.js';
import { SlabPool } from './lanes/slab-pool.js';
import { APART_BYTES } from './lanes/slab-queue.js';
import { fullJitter } from './send/retry.js';
import {
  CALLS_PER_WORKER,
  type CallRecord,
  type Outcome,
  type StreamSummary,
  type Transport,
} from './send/transport.js';
import { rememberShards } from './spool/known-shards.js';
import type { Spool } from './spool/spool.js';
import { Wakeup } from './wakeup.js';

/** Consecutive calls in which no record reached its shard after which the producer is unhealthy. */
const UNHEALTHY_AFTER = 3;

/**
 * Readings of the shards after which a record goes again that lies elsewhere although its shard is open and keys count.
 * Until then ListShards may lag behind a reshard; after that the strategy was AUTO for a moment.
 */
const AGAIN_AFTER = 4;

/** How often the shards and the strategy of a stream that keeps no order are read again: records cannot tell, ms. */
const REVIEW_MS = 60_000;

/** Causes that lie in the stream or the caller, not in one record. Smaller calls would make throttling worse. */
const NEVER_SUSPECT: ReadonlySet<RetryCause> = new Set(['throttled', 'credentials']);

/** Schedules calls: gathers ready lanes into calls, retries, and follows reshards. */
export class Dispatcher {
  readonly pool: SlabPool;
  /** Acknowledgements neither stored nor failed. */
  readonly pending = new Set<Acknowledgement>();
  #map: ShardMap;
  #lanes: Lane[];
  readonly #laneOptions: LaneOptions & { apart: boolean };
  readonly #spool: Spool | undefined;
  readonly #spooler: LaneSpooler | undefined;
  readonly #onceDrained: (() => void)[] = [];
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #meter: Meter;
  readonly #wakeup = new Wakeup(() => this.#dispatch());
  #calls = 0;
  #turn = 0;
  #lingersUntil = Number.NEGATIVE_INFINITY;
  #failuresInRow = 0;
  #stopped = false;
  #refreshing = false;
  #distribution: RecordDistribution;
  /** Whether DescribeStreamSummary has told the strategy. */
  #isDistributionKnown: boolean;
  /** When to reload the shard map; Infinity while it is trusted. */
  #refreshAt = Number.POSITIVE_INFINITY;
  #refreshAttempt = 0;
  #remembering: Promise<void> = Promise.resolve();

  /** @param distribution how the stream places records; undefined if unknown */
  constructor(
    settings: Settings,
    transport: Transport,
    meter: Meter,
    map: ShardMap,
    distribution: RecordDistribution | undefined,
    spool?: Spool,
  ) {
    this.#settings = settings;
    this.#transport = transport;
    this.#meter = meter;
    this.pool = new SlabPool(settings.maxRecordBytes, settings.maxBufferedBytes);
    this.#distribution = distribution ?? settings.defaultDistribution;
    this.#isDistributionKnown = distribution !== undefined;
    const settled = (acknowledgement: Acknowledgement) => this.pending.delete(acknowledgement);
    const settledApart = (acknowledgement: Acknowledgement) => {
      this.pool.unreserve(APART_BYTES);
      settled(acknowledgement);
    };
    this.#laneOptions = {
      apart: !this.ordered,
      pool: this.pool,
      maxRecordBytes: settings.maxRecordBytes,
      shardRate: settings.shardRate,
      accept: () => {
        const { apart } = this.#laneOptions;
        const acknowledgement = new Acknowledgement(apart ? settledApart : settled);
        if (apart) this.pool.reserve(APART_BYTES);
        this.pending.add(acknowledgement);
        // Not at once: the lane writes to the slab after this callback, and puts of the same tick should share the slab.
        this.#wakeup.now();
        return acknowledgement;
      },
      onDone: (entry) => spool?.release(entry),
    };
    this.#map = map;
    this.#lanes = map.open.map((shard) => new Lane(shard, this.#laneOptions));
    if (!this.ordered) {
      this.#emit({ type: 'distribution', distribution: this.#distribution });
      this.#refreshBy(performance.now() + REVIEW_MS);
      this.#wakeAt(this.#refreshAt);
    }
    if (!spool || !settings.spool) return;
    this.#spool = spool;
    this.#spooler = new LaneSpooler({
      spool,
      settings: settings.spool,
      lingerMs: settings.lingerMs,
      onSpooled: (slab) => {
        this.#meter.spooled += slab.records;
        slab.durable({ durable: 'spool' });
      },
      emit: (event) => this.#emit(event),
      changed: () => this.#wakeup.now(),
    });
    this.#spooler.adopt(this.#lanes);
    this.#rememberShards();
    this.#wakeup.now();
  }

  get map(): ShardMap {
    return this.#map;
  }

  /** One lane per open shard of the map, in its order. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Call when the map comes from an earlier run: reloads it until that succeeds. */
  doubtMap(): void {
    this.#refreshBy(performance.now());
    this.#wakeup.now();
  }

  /** Ignores failures: the producer needs the file only to start during an outage. */
  #rememberShards(): void {
    const { spool, streamName } = this.#settings;
    if (!spool) return;
    this.#remembering = this.#remembering
      .then(() => rememberShards(spool.directory, streamName, Array.from(this.#map.all)))
      .catch(() => undefined);
  }

  /** False while the stream ignores keys. */
  get ordered(): boolean {
    return this.#distribution !== 'AUTO';
  }

  /**
   * False after several calls in which no record reached its shard. True again when nothing waits, so that a new put can
   * try, and while the spool accepts records. Both mean nothing to a record that waits in a shard where it does not belong.
   */
  get healthy(): boolean {
    if (this.#failuresInRow < UNHEALTHY_AFTER) return true;
    if (this.#lanes.some(({ misplacedIn }) => misplacedIn)) return false;
    return this.pending.size === 0 || this.#spooler?.healthy === true;
  }

  get spooledBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  oldestAgeMs(): number {
    const now = performance.now();
    return this.#lanes.reduce((oldest, lane) => Math.max(oldest, lane.ageMs(now)), 0);
  }

  shardMetrics(): ShardMetrics[] {
    const now = performance.now();
    return this.#lanes.map((lane) => lane.metrics(now));
  }

  /** Sends without lingering, then waits until everything now pending has settled and the spool is empty. */
  async flush(): Promise<void> {
    for (const lane of this.#lanes) lane.seal();
    this.#wakeup.now();
    await Promise.allSettled([...this.pending].map((acknowledgement) => acknowledgement.promise));
    if (this.#hasBacklog()) await new Promise<void>((resolve) => this.#onceDrained.push(resolve));
  }

  #hasBacklog(): boolean {
    return this.#lanes.some(({ spooledRecords }) => spooledRecords > 0);
  }

  /** Stops sending. Pending records go to the spool, or fail with `error` if there is none or it refuses them. */
  async stop(error: ProducerError): Promise<void> {
    await this.#spooler?.writeAll(this.#lanes);
    this.#stopped = true;
    this.#wakeup.cancel();
    for (const lane of this.#lanes) for (const slab of lane.close()) this.#giveUp(slab, error);
    await this.#remembering;
    await this.#spooler?.close();
  }

  #dispatch(): void {
    if (this.#stopped) return;
    if (this.#onceDrained.length > 0 && !this.#hasBacklog()) {
      for (const resolve of this.#onceDrained.splice(0)) resolve();
    }
    const now = performance.now();
    this.#wakeAt(this.#spooler?.attend(this.#lanes, now));
    if (this.#refreshing) return;
    if (now >= this.#refreshAt) {
      // No call may be in flight while the map changes: see relane.
      if (this.#calls === 0) void this.#refresh();
      return;
    }
    for (const lane of this.#lanes) this.#expire(lane, now - this.#settings.recordTtlMs);
    this.#turn = (this.#turn + 1) % this.#lanes.length;
    const freeCalls = CALLS_PER_WORKER * this.#settings.workers - this.#calls;
    const { calls, nextAt } = gather(
      this.#lanes,
      this.#turn,
      now,
      freeCalls,
      this.#lingersUntil,
      !this.ordered,
      this.#settings,
    );
    this.#keepTogether(calls, now);
    for (const loads of calls) void this.#send(loads, now);
    this.#wakeAt(Math.min(nextAt, this.#refreshAt));
  }

  /**
   * The first record after a quiet time goes at once; after that, all lingering lanes go together, one call per linger
   * period. With a timer per lane, each lane would end up with its own calls, and most of the cost is per call.
   */
  #keepTogether(calls: readonly Load[][], now: number): void {
    if (calls.some((loads) => loads.some(({ lane }) => lane.lingers)))
      this.#lingersUntil = now + this.#settings.lingerMs;
  }

  #wakeAt(time = Number.POSITIVE_INFINITY): void {
    if (time < Number.POSITIVE_INFINITY) this.#wakeup.at(time);
  }

  #expire(lane: Lane, before: number): void {
    const { lastFailure } = lane;
    const expired = lane.expire(before);
    if (expired.length === 0) return;
    const why = lastFailure ? ` Last failure: ${lastFailure}.` : '';
    const detail = `Not acknowledged by ${lane.shard.id} within ${this.#settings.recordTtlMs} ms.${why}`;
    const error = new ProducerError('RECORD_EXPIRED', detail);
    for (const slab of expired) this.#giveUp(slab, error);
  }

  async #send(loads: readonly Load[], now: number): Promise<void> {
    const records: CallRecord[] = [];
    for (const { lane, apart } of loads) {
      const slab = lane.take(now, apart?.length);
      if (apart) records.push(...apart.map(recordApart));
      else if (slab) records.push(callRecord(slab, lane.shard));
    }
    this.#calls += 1;
    let outcomes: Outcome[];
    try {
      outcomes = await this.#transport.putRecords(records);
    } catch (error) {
      outcomes = records.map(() => ({ stored: false, cause: 'other', message: `Worker failed: ${messageOf(error)}` }));
    }
    this.#calls -= 1;
    if (this.#stopped) return;
    const latencyMs = performance.now() - now;
    this.#meter.callLatency.record(latencyMs);
    const isLost = !outcomes.some((outcome) => outcome.stored);
    let isAtHome = false;
    let next = 0;
    for (const { lane, apart } of loads) {
      lane.answered(latencyMs);
      if (apart) {
        this.#answeredApart(lane, apart, outcomes.slice(next, next + apart.length), isLost);
        next += apart.length;
        continue;
      }
      const outcome = outcomes[next++] ?? NO_OUTCOME;
      if (!outcome.stored) this.#retry(lane, outcome, isLost);
      else if (outcome.shardId !== lane.shard.id) this.#misplaced(lane, receiptOf(outcome));
      else {
        this.#stored(lane, receiptOf(outcome));
        isAtHome = true;
      }
    }
    this.#failuresInRow = isAtHome || (!this.ordered && !isLost) ? 0 : this.#failuresInRow + 1;
    this.#dispatch();
  }

  /** The first user records of the lane's slab in flight were sent, each as a Kinesis record that belongs anywhere. */
  #answeredApart(lane: Lane, users: readonly UserRecord[], outcomes: readonly Outcome[], isLost: boolean): void {
    const slab = lane.inFlight;
    if (!slab) return;
    const stored: { user: UserRecord; receipt: StreamReceipt }[] = [];
    const refused: UserRecord[] = [];
    let failure: Failure | undefined;
    for (const [i, user] of users.entries()) {
      const outcome = outcomes[i] ?? NO_OUTCOME;
      if (outcome.stored) stored.push({ user, receipt: receiptOf(outcome) });
      else {
        failure ??= outcome;
        refused.push(user);
      }
    }
    // Refused ones go last: one that is always refused holds up no other.
    const unsent = users.length === slab.records ? [] : slab.userRecords.slice(users.length);
    const rest = [...unsent, ...refused];
    if (rest.length === 0) {
      slab.durableApart(stored, rest, this.pool);
      lane.stored();
    } else if (lane.isFlightSpooling || (stored.length === 0 && unsent.length === 0)) {
      // On its way to the disk it is whole, so all of it goes again: at least once.
      if (!failure) lane.again();
    } else {
      const slabOfRest = slab.durableApart(stored, rest, this.pool);
      if (slabOfRest) lane.replaceFlight(slabOfRest, stored.length > 0);
      if (!failure) lane.again();
    }
    for (const { user } of stored) this.#meter.stored(1, user.data.length);
    if (failure) this.#retry(lane, failure, isLost, refused.length);
  }

  #stored(lane: Lane, receipt: StreamReceipt): void {
    const slab = lane.stored();
    if (!slab) return;
    this.#meter.stored(slab.records, slab.length + DIGEST_BYTES);
    slab.durable(receipt);
  }

  #giveUp(slab: Slab, error: ProducerError): void {
    const { records } = slab;
    this.#meter.failed += records;
    slab.fail(error);
    this.#emit({ type: 'failed', code: error.code, message: error.message, userRecords: records });
  }

  /**
   * @param isLost whether the call has stored none of its records
   * @param refused Kinesis records of the lane that were refused
   */
  #retry(lane: Lane, { cause, message }: Failure, isLost: boolean, refused = 1): void {
    const { retryBaseMs, retryMaxMs } = this.#settings;
    const userRecords = lane.inFlight?.records ?? 0;
    const attempt = lane.attempt + 1;
    const delayMs = fullJitter(attempt, retryBaseMs, retryMaxMs);
    lane.failed(message, performance.now() + delayMs, isLost && !NEVER_SUSPECT.has(cause));
    this.#meter.retries[cause] += refused;
    this.#emit({ type: 'retry', shardId: lane.shard.id, cause, message, attempt, delayMs, userRecords });
    // An unknown error may mean that the shard no longer exists: reload the map at every fourth attempt.
    if (cause === 'other' && attempt % 4 === 0) this.#refreshBy(performance.now());
  }

  #misplaced(lane: Lane, receipt: StreamReceipt): void {
    this.#meter.retries.wrongShard += 1;
    lane.misplaced(receipt);
    this.#emit({ type: 'misplaced', expectedShardId: lane.shard.id, actualShardId: receipt.shardId });
    this.#refreshBy(performance.now());
  }

  #refreshBy(time: number): void {
    this.#refreshAt = Math.min(this.#refreshAt, time);
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      // The strategy explains misplaced records that the shards do not. The account has few such calls, so not at once.
      const asks = this.#refreshAttempt > 0 || !this.#isDistributionKnown || !this.ordered;
      const [shards, summary] = await Promise.all([
        this.#transport.listShards(),
        asks ? this.#transport.describe() : undefined,
      ]);
      const map = new ShardMap(shards);
      const distribution = summary?.distribution ?? this.#distribution;
      const goesAgain = summary?.distribution !== undefined && this.#refreshAttempt >= AGAIN_AFTER;
      if (distribution !== 'AUTO' && !goesAgain) this.#checkMisplaced(map, summary);
      // Pending disk writes belong to lanes that may change.
      await this.#spooler?.hold();
      if (!this.#stopped) this.#adopt(map, distribution, summary?.distribution !== undefined);
    } catch (error) {
      if (this.#stopped) return;
      this.#refreshAttempt += 1;
      // A record that lies where it does not belong waits for the shards: as good as a call that stored nothing.
      if (this.#lanes.some(({ misplacedIn }) => misplacedIn)) this.#failuresInRow += 1;
      const delayMs = fullJitter(this.#refreshAttempt, this.#settings.retryBaseMs, this.#settings.retryMaxMs);
      // Lanes that the reshard does not affect continue in the meantime.
      this.#refreshAt = performance.now() + delayMs;
      this.#emit({ type: 'shard-map-failed', message: messageOf(error), delayMs });
    }
    this.#spooler?.resume();
    this.#refreshing = false;
    this.#dispatch();
  }

  /** @throws if the map does not explain each misplaced record, which a reshard does */
  #checkMisplaced(map: ShardMap, summary: StreamSummary | undefined): void {
    const failure = summary?.failure?.message ?? 'it is not in the answer';
    const hint = summary && !summary.distribution ? `. Its record distribution strategy is unknown: ${failure}` : '';
    for (const { shard, misplacedIn } of this.#lanes) {
      if (!misplacedIn) continue;
      // ListShards may lag behind a reshard. Acting on half of it would move records back and forth.
      if (map.get(shard.id)?.open) throw new Error(`ListShards still reports ${shard.id} as open${hint}`);
      const { shardId } = misplacedIn;
      if (!map.get(shardId)) throw new Error(`ListShards does not report ${shardId} yet${hint}`);
    }
  }

  #adopt(map: ShardMap, distribution: RecordDistribution, isKnown: boolean): void {
    const isChanged = distribution !== this.#distribution;
    const isReview = !this.ordered && !isChanged;
    this.#distribution = distribution;
    this.#isDistributionKnown ||= isKnown;
    this.#refreshAttempt = 0;
    this.#refreshAt = this.ordered ? Number.POSITIVE_INFINITY : performance.now() + REVIEW_MS;
    for (const lane of this.#lanes) {
      const { misplacedIn: receipt, inFlight: slab } = lane;
      if (!receipt || !slab) continue;
      const storedIn = map.get(receipt.shardId);
      const isDelivered = (!this.ordered && slab.plainRange()) || (storedIn && isWithin(slab, storedIn));
      // All other slabs, and those that are also on disk, are sent again before anything newer.
      if (isDelivered && !slab.part) this.#stored(lane, receipt);
      else if (!this.ordered || map.get(lane.shard.id)?.open) lane.again();
    }
    if (isChanged) {
      for (const lane of this.#lanes) lane.seal();
      this.#laneOptions.apart = !this.ordered;
      this.#failuresInRow = 0;
      this.#emit({ type: 'distribution', distribution });
    }
    this.#lanes = relane(this.#lanes, map, this.pool, (shard) => new Lane(shard, this.#laneOptions));
    this.#map = map;
    this.#rememberShards();
    if (!isReview) this.#emit({ type: 'shard-map', openShards: map.open.length });
  }

  #emit(event: ProducerEvent): void {
    try {
      this.#settings.onEvent?.(event);
    } catch (error) {
      // A throwing observer must not stop the producer.
      process.emitWarning(`onEvent threw: ${messageOf(error)}`, 'KinesisProducerWarning');
    }
  }
}

type Failure = Outcome & { stored: false };

const NO_OUTCOME: Failure = { stored: false, cause: 'other', message: 'No outcome' };

function receiptOf({ shardId, sequenceNumber }: Outcome & { stored: true }): StreamReceipt {
  return { durable: 'stream', shardId, sequenceNumber };
}
