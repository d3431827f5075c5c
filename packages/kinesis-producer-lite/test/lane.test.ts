import fc from 'fast-check';
import t from 'tap';
import { MAX_HASH_KEY, type Shard, ShardMap } from '../api/shard-map.js';
import { newKeySlot } from '../format/aggregate.js';
import { Acknowledgement } from '../lanes/acknowledgement.js';
import { Lane, type LaneOptions } from '../lanes/lane.js';
import { relane } from '../lanes/reshard.js';
import type { BacklogPart, Slab } from '../lanes/slab.js';
import { SlabPool } from '../lanes/slab-pool.js';
import { DISK, Segment, type SpoolEntry } from '../spool/segment.js';

const MAX_RECORD_BYTES = 200;
const SEGMENT = new Segment('none', DISK);
const slot = newKeySlot('k');

function textsOf(slab: Slab): string[] {
  return slab.userRecords.map(({ data }) => Buffer.from(data).toString());
}

/**
 * A lane, and around it a stream, a disk and a clock that the test drives. Each method is an event that may happen at any
 * time; it does nothing where its precondition does not hold.
 */
class Model {
  readonly put: string[] = [];
  /** Texts in the stream, in order. */
  readonly stream: string[] = [];
  readonly durable = new Set<string>();
  readonly expired: string[] = [];
  readonly faults: string[] = [];
  readonly pool = new SlabPool(MAX_RECORD_BYTES, 1_000_000);
  readonly disk = new Map<SpoolEntry, Buffer>();
  lane: Lane;
  #options: LaneOptions;
  #now = 0;
  #shards = 0;
  #flying: Slab | undefined;
  #writing: readonly Slab[] = [];
  #reading: { lane: Lane; part: BacklogPart } | undefined;

  constructor() {
    this.#options = {
      pool: this.pool,
      maxRecordBytes: MAX_RECORD_BYTES,
      shardRate: undefined,
      apart: false,
      accept: () => new Acknowledgement(),
      onDone: (entry) => {
        if (!this.disk.delete(entry)) this.faults.push('an entry was released twice');
      },
    };
    this.lane = new Lane(this.#newShard(), this.#options);
  }

  #newShard(): Shard {
    return { id: `shard-${this.#shards++}`, start: 0n, end: MAX_HASH_KEY, open: true };
  }

  write(): void {
    const text = `text-${this.put.length}`.padEnd(60);
    this.put.push(text);
    this.lane
      .write(slot, text, () => this.#now++)
      .promise.then(
        () => this.durable.add(text),
        () => {},
      );
  }

  take(): void {
    const { head } = this.lane;
    const slab = this.lane.take(this.#now);
    if (slab !== head) this.faults.push('take() is not head');
    if (slab && this.#flying) this.faults.push('two slabs are in flight');
    if (slab) this.#flying = slab;
    if (slab && this.lane.head) this.faults.push('there is a head while a slab is in flight');
  }

  stored(): void {
    if (!this.#flying || this.lane.misplacedIn) return;
    this.stream.push(...textsOf(this.#flying));
    const slab = this.lane.stored();
    if (slab !== this.#flying) this.faults.push('another slab was stored');
    slab?.durable({ durable: 'stream', shardId: this.lane.shard.id, sequenceNumber: '1' });
    this.#flying = undefined;
  }

  failed(): void {
    if (!this.#flying || this.lane.misplacedIn) return;
    const { attempt } = this.lane;
    this.lane.failed('by the test', 0);
    if (this.lane.attempt !== attempt + 1) this.faults.push('attempts are not counted');
    this.#flying = undefined;
  }

  misplaced(): void {
    if (!this.#flying || this.lane.misplacedIn) return;
    this.stream.push(...textsOf(this.#flying));
    this.lane.misplaced({ durable: 'stream', shardId: 'other', sequenceNumber: '1' });
  }

  /** A new shard takes the place of the lane's. */
  reshard(): void {
    if (this.#writing.length > 0 || (this.#flying && !this.lane.misplacedIn)) return;
    const map = new ShardMap([this.#newShard()]);
    const [lane] = relane([this.lane], map, this.pool, (shard) => new Lane(shard, this.#options));
    if (lane) this.lane = lane;
    this.#flying = undefined;
  }

  toDisk(): void {
    if (this.lane.spoolAt(0, 0) > this.#now) return;
    if (this.#writing.length > 0) this.faults.push('two writes at once');
    this.#writing = this.lane.toDisk();
  }

  onDisk(): void {
    if (this.#writing.length === 0) return;
    const entries = this.#writing.map(({ bytes, length }): SpoolEntry => {
      const range = { start: 0n, end: MAX_HASH_KEY };
      const entry = { id: this.disk.size, ...range, segment: SEGMENT, offset: 0, length, parts: 1 };
      this.disk.set(entry, Buffer.from(bytes.subarray(0, length)));
      return entry;
    });
    this.#writing = [];
    for (const slab of this.lane.onDisk(entries)) slab.durable({ durable: 'spool' });
  }

  notOnDisk(): void {
    if (this.#writing.length === 0) return;
    this.#writing = [];
    this.lane.notOnDisk();
  }

  startReplay(): void {
    const { lane } = this;
    const part = lane.startReplay();
    if (part) this.#reading = { lane, part };
  }

  replayed(): void {
    if (!this.#reading) return;
    const { lane, part } = this.#reading;
    this.#reading = undefined;
    const isFirst = lane.replayed(part, this.disk.get(part.entry));
    if (isFirst !== (lane === this.lane)) this.faults.push('a lane that moved out replays');
  }

  notReplayed(): void {
    this.#reading?.lane.notReplayed();
    this.#reading = undefined;
  }

  expire(): void {
    const { misplacedIn } = this.lane;
    for (const slab of this.lane.expire(this.#now)) {
      this.expired.push(...textsOf(slab));
      if (slab === this.#flying && !misplacedIn) this.faults.push('a slab in flight expired');
      if (slab === this.#flying) this.#flying = undefined;
    }
  }

  /** Lets everything succeed until nothing is left. */
  finish(): void {
    for (let round = 0; this.lane.oldestAt !== undefined || this.lane.spooledRecords > 0; round++) {
      if (round > 1_000) throw new Error('the lane is stuck');
      this.onDisk();
      if (this.lane.misplacedIn) this.reshard();
      this.replayed();
      this.startReplay();
      this.replayed();
      this.take();
      this.stored();
    }
  }
}

type Event = Exclude<
  { [Name in keyof Model]: Model[Name] extends () => void ? Name : never }[keyof Model],
  'finish' | 'expire'
>;

const EVENTS: readonly Event[] = [
  ...(['write', 'write', 'write', 'take', 'take', 'stored', 'failed', 'misplaced', 'reshard'] as const),
  ...(['toDisk', 'onDisk', 'notOnDisk', 'startReplay', 'replayed', 'notReplayed'] as const),
];

t.test(
  'in any sequence of events one slab is in flight, order is kept, nothing is lost and memory is freed',
  async (t) => {
    const sequences = fc.array(fc.constantFrom(...EVENTS), { maxLength: 120, size: 'max' });
    await fc.assert(
      fc.asyncProperty(sequences, async (events) => {
        const model = new Model();
        for (const event of events) model[event]();
        model.finish();
        await new Promise((resolve) => setImmediate(resolve));
        t.same(model.faults, []);
        // A misplaced slab is stored again; the first copy of each text counts.
        t.same(Array.from(new Set(model.stream)), model.put);
        if (!events.includes('misplaced')) t.same(model.stream, model.put, 'each is stored once');
        t.equal(model.durable.size, model.put.length, 'all are acknowledged');
        t.equal(model.pool.heldBytes, 0);
        t.equal(model.disk.size, 0, 'each entry on disk is released');
      }),
      { numRuns: 1_000 },
    );
  },
);

t.test('with expiry: each text is either stored or expired, and both are in order', async (t) => {
  const sequences = fc.array(fc.constantFrom(...EVENTS.filter((event) => event !== 'misplaced'), 'expire' as const), {
    maxLength: 120,
    size: 'max',
  });
  fc.assert(
    fc.property(sequences, (events) => {
      const model = new Model();
      for (const event of events) model[event]();
      model.finish();
      t.same(model.faults, []);
      t.same([...model.stream, ...model.expired].sort(), [...model.put].sort());
      for (const texts of [model.stream, model.expired]) {
        t.same(
          texts,
          model.put.filter((text) => texts.includes(text)),
        );
      }
      t.equal(model.pool.heldBytes, 0);
    }),
    { numRuns: 300 },
  );
});

t.test('close returns the slabs that are in memory only, and frees them', async (t) => {
  const model = new Model();
  for (let i = 0; i < 6; i++) model.write();
  model.take();
  t.same(model.lane.close().flatMap(textsOf), model.put);
  t.equal(model.pool.heldBytes, 0);
  t.equal(model.lane.oldestAt, undefined);
});
