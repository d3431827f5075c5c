import { messageOf, ProducerError, type RetryCause } from './api/errors.js';
import type { Meter, ShardMetrics } from './api/metrics.js';
import type { ProducerEvent, Settings } from './api/options.js';
import { type Shard, ShardMap } from './api/shard-map.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import { gather } from './lanes/gather.js';
import { Lane } from './lanes/lane.js';
import { LaneSpooler } from './lanes/lane-spooler.js';
import { isWithin, relane } from './lanes/reshard.js';
import type { Acknowledgement, PutReceipt, Slab, StreamReceipt } from './lanes/slab.js';
import { SlabPool } from './lanes/slab-pool.js';
import { fullJitter } from './send/retry.js';
import { CALLS_PER_WORKER, type CallRecord, type Outcome, type Transport } from './send/transport.js';
import { rememberShards } from './spool/known-shards.js';
import type { Spool } from './spool/spool.js';
import { Wakeup } from './wakeup.js';

/** Consecutive calls without a stored record after which the producer is unhealthy. */
const UNHEALTHY_AFTER = 3;

/** Schedules calls: gathers ready lanes into calls, retries, and follows reshards. */
export class Dispatcher {
  map: ShardMap;
  lanes: Lane[];
  readonly pool: SlabPool;
  /** Acknowledgements neither stored nor failed. */
  readonly pending = new Set<Acknowledgement>();
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
    this.map = map;
    this.lanes = map.open.map((shard) => this.#newLane(shard));
    if (!spool || !settings.spool) return;
    this.#spooler = new LaneSpooler({
      spool,
      settings: settings.spool,
      lingerMs: settings.lingerMs,
      pool: this.pool,
      acknowledge: (slab, receipt) => {
        this.#meter.spooled += slab.records;
        this.#acknowledge(slab, receipt);
      },
      emit: (event) => this.#emit(event),
      changed: () => this.#wakeup.now(),
    });
    this.#spooler.adopt(this.lanes);
    this.#rememberShards();
    this.#wakeup.now();
  }

  /** Call when the map comes from an earlier run: reloads it until that succeeds. */
  doubtMap(): void {
    this.#refreshBy(performance.now());
    this.#wakeup.now();
  }

  /** Failures are ignored: without the file, the producer only cannot start during an outage. */
  #rememberShards(): void {
    const { spool, streamName } = this.#settings;
    if (!spool) return;
    this.#remembering = this.#remembering
      .then(() => rememberShards(spool.directory, streamName, Array.from(this.map.all)))
      .catch(() => undefined);
  }

  /** False after several calls without a stored record. True again when nothing waits, so that a new put can try. */
  get healthy(): boolean {
    return this.#failuresInRow < UNHEALTHY_AFTER || this.pending.size === 0 || this.#spooler?.healthy === true;
  }

  get spooledBytes(): number {
    return this.#spooler?.bytes ?? 0;
  }

  oldestAgeMs(): number {
    const now = performance.now();
    return this.lanes.reduce((oldest, lane) => Math.max(oldest, ageOf(lane, now)), 0);
  }

  shardMetrics(): ShardMetrics[] {
    const now = performance.now();
    return this.lanes.map((lane) => ({
      shardId: lane.shard.id,
      bytes: lane.bytes,
      callLatency: lane.callLatency.snapshot(),
      attempt: lane.attempt,
      oldestAgeMs: ageOf(lane, now),
      spooledKinesisRecords: lane.backlog.length,
    }));
  }

  /** Sends without lingering, then waits until everything now pending has settled and the spool is empty. */
  async flush(): Promise<void> {
    for (const lane of this.lanes) lane.seal();
    this.#wakeup.now();
    await Promise.allSettled([...this.pending].map((acknowledgement) => acknowledgement.promise));
    if (this.#hasBacklog()) await new Promise<void>((resolve) => this.#onceDrained.push(resolve));
  }

  #hasBacklog(): boolean {
    return this.lanes.some(({ backlog }) => backlog.length > 0);
  }

  /** Stops sending. Pending records go to the spool, or fail with `error` if there is none or it refuses them. */
  async stop(error: ProducerError): Promise<void> {
    await this.#spooler?.writeAll(this.lanes);
    this.#stopped = true;
    this.#wakeup.cancel();
    for (const lane of this.lanes) {
      const flying = lane.flyingFromMemory && lane.clear();
      for (const slab of flying ? [flying, ...lane.drain()] : lane.drain()) this.#giveUp(slab, error);
    }
    await this.#remembering;
    await this.#spooler?.close();
  }

  #newLane(shard: Shard): Lane {
    return new Lane(shard, this.pool, this.#settings.maxRecordBytes, this.#settings.shardRate, (slab) => {
      this.pending.add(slab.acknowledgement);
      // Not at once: the lane stores the slab after this callback, and puts of the same tick should share the slab.
      this.#wakeup.now();
    });
  }

  #dispatch(): void {
    if (this.#stopped) return;
    if (this.#onceDrained.length > 0 && !this.#hasBacklog()) {
      for (const resolve of this.#onceDrained.splice(0)) resolve();
    }
    const now = performance.now();
    this.#wakeAt(this.#spooler?.attend(this.lanes, now));
    if (this.#refreshing) return;
    if (now >= this.#refreshAt) {
      // No call may be in flight while the map changes: see relane.
      if (this.#calls === 0) void this.#refresh();
      return;
    }
    for (const lane of this.lanes) this.#expire(lane, now - this.#settings.recordTtlMs);
    this.#turn = (this.#turn + 1) % this.lanes.length;
    const freeCalls = CALLS_PER_WORKER * this.#settings.workers - this.#calls;
    const { calls, nextAt } = gather(this.lanes, this.#turn, now, freeCalls, this.#lingersUntil, this.#settings);
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

  /** Fails expired slabs in memory, oldest first. None while the lane's first is in flight or being written to disk. */
  #expire(lane: Lane, before: number): void {
    if ((lane.oldestAt ?? Number.POSITIVE_INFINITY) > before || lane.spooling.length > 0) return;
    const flying = lane.flyingFromMemory;
    if (flying && !lane.misplacedIn) return;
    const error = this.#expired(lane);
    if (flying) this.#giveUp(lane.clear(), error);
    for (let slab = lane.dropHeadBefore(before); slab; slab = lane.dropHeadBefore(before)) this.#giveUp(slab, error);
  }

  #expired(lane: Lane): ProducerError {
    const why = lane.lastFailure ? ` Last failure: ${lane.lastFailure}.` : '';
    const detail = `Not acknowledged by ${lane.shard.id} within ${this.#settings.recordTtlMs} ms.${why}`;
    return new ProducerError('RECORD_EXPIRED', detail);
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
    for (const lane of lanes) lane.callLatency.record(latencyMs);
    this.#failuresInRow = outcomes.some((outcome) => outcome.stored) ? 0 : this.#failuresInRow + 1;
    lanes.forEach((lane, i) => {
      const outcome = outcomes[i];
      if (!outcome) this.#retry(lane, 'other', 'No outcome');
      else if (!outcome.stored) this.#retry(lane, outcome.cause, outcome.message);
      else if (outcome.shardId === lane.shard.id) this.#stored(lane, receiptOf(outcome));
      else this.#misplaced(lane, receiptOf(outcome));
    });
    this.#dispatch();
  }

  #stored(lane: Lane, receipt: StreamReceipt): void {
    const slab = lane.clear();
    if (!slab) return;
    this.#meter.stored(slab.records, slab.length + DIGEST_BYTES);
    lane.bytes += slab.length + DIGEST_BYTES;
    this.#acknowledge(slab, receipt);
    if (!this.#spooler?.stored(lane, slab)) this.pool.release(slab.bytes.buffer);
  }

  #acknowledge(slab: Slab, receipt: PutReceipt): void {
    slab.acknowledgement.partDurable(receipt);
    if (slab.acknowledgement.settled) this.pending.delete(slab.acknowledgement);
  }

  #giveUp(slab: Slab | undefined, error: ProducerError): void {
    if (!slab) return;
    this.#meter.failed += slab.records;
    slab.acknowledgement.fail(error);
    this.pending.delete(slab.acknowledgement);
    this.pool.release(slab.bytes.buffer);
    this.#emit({ type: 'failed', code: error.code, message: error.message, userRecords: slab.records });
  }

  #retry(lane: Lane, cause: RetryCause, message: string): void {
    const { retryBaseMs, retryMaxMs } = this.#settings;
    const userRecords = lane.inFlight?.records ?? 0;
    lane.attempt += 1;
    lane.lastFailure = message;
    const delayMs = fullJitter(lane.attempt, retryBaseMs, retryMaxMs);
    lane.retry(performance.now() + delayMs);
    this.#meter.retries[cause] += 1;
    this.#emit({ type: 'retry', shardId: lane.shard.id, cause, message, attempt: lane.attempt, delayMs, userRecords });
    // An unknown error may mean that the shard no longer exists: reload the map at every fourth attempt.
    if (cause === 'other' && lane.attempt % 4 === 0) this.#refreshBy(performance.now());
  }

  #misplaced(lane: Lane, receipt: StreamReceipt): void {
    this.#meter.retries.wrongShard += 1;
    lane.misplacedIn = receipt;
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
      for (const { shard, misplacedIn } of this.lanes) {
        if (!misplacedIn) continue;
        // ListShards may lag behind a reshard. Acting on half of it would move records back and forth.
        if (map.get(shard.id)?.open) throw new Error(`ListShards still reports ${shard.id} as open`);
        if (!map.get(misplacedIn.shardId)) throw new Error(`ListShards does not report ${misplacedIn.shardId} yet`);
      }
      await this.#whenDiskIsIdle();
      if (!this.#stopped) this.#adopt(map);
    } catch (error) {
      if (this.#stopped) return;
      this.#refreshAttempt += 1;
      const delayMs = fullJitter(this.#refreshAttempt, this.#settings.retryBaseMs, this.#settings.retryMaxMs);
      // Lanes that the reshard does not affect continue in the meantime.
      this.#refreshAt = performance.now() + delayMs;
      this.#emit({ type: 'shard-map-failed', message: messageOf(error), delayMs });
    }
    if (this.#spooler) this.#spooler.held = false;
    this.#refreshing = false;
    this.#dispatch();
  }

  /** Waits for pending disk writes: each belongs to a lane, and must end before lanes change. */
  async #whenDiskIsIdle(): Promise<void> {
    if (!this.#spooler) return;
    this.#spooler.held = true;
    await this.#spooler.idle();
  }

  #adopt(map: ShardMap): void {
    this.#refreshAttempt = 0;
    this.#refreshAt = Number.POSITIVE_INFINITY;
    this.lanes = relane(
      this.lanes,
      map,
      this.pool,
      (shard) => this.#newLane(shard),
      (lane) => this.#takeMisplaced(lane, map),
    );
    this.map = map;
    this.#rememberShards();
    this.#emit({ type: 'shard-map', openShards: map.open.length });
  }

  /** Removes a slab that another shard stored from its lane. @returns the slab if it must be sent again */
  #takeMisplaced(lane: Lane, map: ShardMap): Slab | undefined {
    if (lane.inFlight?.part) lane.retry(0);
    const receipt = lane.misplacedIn;
    const storedIn = receipt && map.get(receipt.shardId);
    if (!receipt || !storedIn || !lane.inFlight) return undefined;
    if (!isWithin(lane.inFlight, storedIn)) return lane.clear();
    this.#stored(lane, receipt);
    return undefined;
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

function ageOf({ oldestAt }: Lane, now: number): number {
  return oldestAt === undefined ? 0 : now - oldestAt;
}

function receiptOf({ shardId, sequenceNumber }: Outcome & { stored: true }): StreamReceipt {
  return { durable: 'stream', shardId, sequenceNumber };
}

function callRecord(slab: Slab, shard: Shard): CallRecord {
  const plain = slab.plainRange();
  return {
    memory: slab.bytes.buffer,
    start: plain?.start ?? 0,
    end: plain?.end ?? slab.length,
    aggregated: !plain,
    partitionKey: slab.firstKey,
    // A plain record goes by its own key, so it also reaches a shard of a split that this producer has not seen yet.
    explicitHashKey: plain ? slab.firstHashKey : shard.start.toString(),
  };
}
