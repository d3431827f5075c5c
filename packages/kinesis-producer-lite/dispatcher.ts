import { messageOf, ProducerError, type RetryCause } from './api/errors.js';
import type { Meter, ShardMetrics } from './api/metrics.js';
import type { ProducerEvent, Settings } from './api/options.js';
import type { SpoolReceipt, StreamReceipt } from './api/receipts.js';
import { ShardMap } from './api/shard-map.js';
import { callRecord, gather } from './calls.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import { Lane, type LaneOptions } from './lanes/lane.js';
import { LaneSpooler } from './lanes/lane-spooler.js';
import { relane } from './lanes/reshard.js';
import { type Acknowledgement, isWithin, type Slab } from './lanes/slab.js';
import { SlabPool } from './lanes/slab-pool.js';
import { fullJitter } from './send/retry.js';
import { CALLS_PER_WORKER, type CallRecord, type Outcome, type Transport } from './send/transport.js';
import { rememberShards } from './spool/known-shards.js';
import type { Spool } from './spool/spool.js';
import { Wakeup } from './wakeup.js';

/** Consecutive calls without a stored record after which the producer is unhealthy. */
const UNHEALTHY_AFTER = 3;

/** Causes that lie in the stream or the caller, not in one record. Smaller calls would make throttling worse. */
const NEVER_SUSPECT: ReadonlySet<RetryCause> = new Set(['throttled', 'credentials']);

/** Schedules calls: gathers ready lanes into calls, retries, and follows reshards. */
export class Dispatcher {
  readonly pool: SlabPool;
  /** Acknowledgements neither stored nor failed. */
  readonly pending = new Set<Acknowledgement>();
  #map: ShardMap;
  #lanes: Lane[];
  readonly #laneOptions: LaneOptions;
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
  /** When to reload the shard map; Infinity while it is trusted. */
  #refreshAt = Number.POSITIVE_INFINITY;
  #refreshAttempt = 0;
  #remembering: Promise<void> = Promise.resolve();

  constructor(settings: Settings, transport: Transport, meter: Meter, map: ShardMap, spool?: Spool) {
    this.#settings = settings;
    this.#transport = transport;
    this.#meter = meter;
    this.pool = new SlabPool(settings.maxRecordBytes, settings.maxBufferedBytes);
    this.#laneOptions = {
      pool: this.pool,
      maxRecordBytes: settings.maxRecordBytes,
      shardRate: settings.shardRate,
      onOpen: ({ acknowledgement }) => {
        this.pending.add(acknowledgement);
        // Not at once: the lane writes to the slab after this callback, and puts of the same tick should share the slab.
        this.#wakeup.now();
      },
      onDone: (entry) => spool?.release(entry),
    };
    this.#map = map;
    this.#lanes = map.open.map((shard) => new Lane(shard, this.#laneOptions));
    if (!spool || !settings.spool) return;
    this.#spool = spool;
    this.#spooler = new LaneSpooler({
      spool,
      settings: settings.spool,
      lingerMs: settings.lingerMs,
      onSpooled: (slab) => {
        this.#meter.spooled += slab.records;
        this.#acknowledge(slab, { durable: 'spool' });
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

  /** False after several calls without a stored record. True again when nothing waits, so that a new put can try. */
  get healthy(): boolean {
    return this.#failuresInRow < UNHEALTHY_AFTER || this.pending.size === 0 || this.#spooler?.healthy === true;
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
    const { calls, nextAt } = gather(this.#lanes, this.#turn, now, freeCalls, this.#lingersUntil, this.#settings);
    this.#keepTogether(calls, now);
    for (const lanes of calls) void this.#send(lanes, now);
    this.#wakeAt(Math.min(nextAt, this.#refreshAt));
  }

  /**
   * The first record after a quiet time goes at once; after that, all lingering lanes go together, one call per linger
   * period. With a timer per lane, each lane would end up with its own calls, and most of the cost is per call.
   */
  #keepTogether(calls: readonly Lane[][], now: number): void {
    if (calls.some((lanes) => lanes.some((lane) => lane.lingers))) this.#lingersUntil = now + this.#settings.lingerMs;
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

  async #send(lanes: readonly Lane[], now: number): Promise<void> {
    const records: CallRecord[] = [];
    for (const lane of lanes) {
      const slab = lane.take(now);
      if (slab) records.push(callRecord(slab, lane.shard));
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
    for (const lane of lanes) lane.answered(latencyMs);
    const isLost = !outcomes.some((outcome) => outcome.stored);
    this.#failuresInRow = isLost ? this.#failuresInRow + 1 : 0;
    lanes.forEach((lane, i) => {
      const outcome = outcomes[i];
      if (!outcome) this.#retry(lane, 'other', 'No outcome', isLost);
      else if (!outcome.stored) this.#retry(lane, outcome.cause, outcome.message, isLost);
      else if (outcome.shardId === lane.shard.id) this.#stored(lane, receiptOf(outcome));
      else this.#misplaced(lane, receiptOf(outcome));
    });
    this.#dispatch();
  }

  #stored(lane: Lane, receipt: StreamReceipt): void {
    const slab = lane.stored();
    if (!slab) return;
    this.#meter.stored(slab.records, slab.length + DIGEST_BYTES);
    this.#acknowledge(slab, receipt);
  }

  #acknowledge({ acknowledgement, range }: Slab, receipt: StreamReceipt | SpoolReceipt): void {
    acknowledgement.partDurable(receipt, range);
    if (acknowledgement.settled) this.pending.delete(acknowledgement);
  }

  #giveUp({ acknowledgement, records }: Slab, error: ProducerError): void {
    this.#meter.failed += records;
    acknowledgement.fail(error);
    this.pending.delete(acknowledgement);
    this.#emit({ type: 'failed', code: error.code, message: error.message, userRecords: records });
  }

  /** @param isLost whether the call has stored none of its records */
  #retry(lane: Lane, cause: RetryCause, message: string, isLost: boolean): void {
    const { retryBaseMs, retryMaxMs } = this.#settings;
    const userRecords = lane.inFlight?.records ?? 0;
    const attempt = lane.attempt + 1;
    const delayMs = fullJitter(attempt, retryBaseMs, retryMaxMs);
    lane.failed(message, performance.now() + delayMs, isLost && !NEVER_SUSPECT.has(cause));
    this.#meter.retries[cause] += 1;
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
      const map = new ShardMap(await this.#transport.listShards());
      for (const { shard, misplacedIn } of this.#lanes) {
        if (!misplacedIn) continue;
        // ListShards may lag behind a reshard. Acting on half of it would move records back and forth.
        if (map.get(shard.id)?.open) throw new Error(`ListShards still reports ${shard.id} as open`);
        if (!map.get(misplacedIn.shardId)) throw new Error(`ListShards does not report ${misplacedIn.shardId} yet`);
      }
      // Pending disk writes belong to lanes that may change.
      await this.#spooler?.hold();
      if (!this.#stopped) this.#adopt(map);
    } catch (error) {
      if (this.#stopped) return;
      this.#refreshAttempt += 1;
      const delayMs = fullJitter(this.#refreshAttempt, this.#settings.retryBaseMs, this.#settings.retryMaxMs);
      // Lanes that the reshard does not affect continue in the meantime.
      this.#refreshAt = performance.now() + delayMs;
      this.#emit({ type: 'shard-map-failed', message: messageOf(error), delayMs });
    }
    this.#spooler?.resume();
    this.#refreshing = false;
    this.#dispatch();
  }

  #adopt(map: ShardMap): void {
    this.#refreshAttempt = 0;
    this.#refreshAt = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      const { misplacedIn: receipt, inFlight: slab } = lane;
      const storedIn = receipt && map.get(receipt.shardId);
      // All other slabs, and those that are also on disk, are sent again before anything newer.
      if (storedIn && slab && !slab.part && isWithin(slab, storedIn)) this.#stored(lane, receipt);
    }
    this.#lanes = relane(this.#lanes, map, this.pool, (shard) => new Lane(shard, this.#laneOptions));
    this.#map = map;
    this.#rememberShards();
    this.#emit({ type: 'shard-map', openShards: map.open.length });
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

function receiptOf({ shardId, sequenceNumber }: Outcome & { stored: true }): StreamReceipt {
  return { durable: 'stream', shardId, sequenceNumber };
}
