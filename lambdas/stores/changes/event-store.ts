import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Change, Change as ChangeSchema, compile, subjectOf } from '@swipegate/contract';
import {
  eventKeyOf,
  parseEventKey,
  placementsKeyOf,
  type StoredKey,
  sequenceText,
  tenantPrefix,
} from './object-key.js';
import type { Placement } from './placement.js';

const isChange = compile(ChangeSchema);
/** Sorts behind every key of its day. */
const AFTER_ALL = '~';

/** Objects of the event store: one an event, written once. */
export class EventStore {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** Puts an event into its place; the same again is the same object. @returns its key @throws what the SDK throws */
  async put(place: StoredKey, change: Change): Promise<string> {
    const key = eventKeyOf(place, { ...subjectOf(change.content), changeId: change.changeId });
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: JSON.stringify(change),
        ContentType: 'application/json',
      }),
    );
    return key;
  }

  /** @returns the event; undefined when the object is none. @throws what the SDK throws */
  async get(key: string): Promise<Change | undefined> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    try {
      const change: unknown = JSON.parse((await Body?.transformToString()) ?? '');
      return isChange(change) ? change : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Keys of a tenant's events in their order, behind a key. @param most at most 1,000 @throws what the SDK throws */
  async list(tenantId: string, after: string | undefined, most: number): Promise<string[]> {
    const { Contents = [] } = await this.#s3.send(
      new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: tenantPrefix(tenantId),
        MaxKeys: most,
        ...(after === undefined ? {} : { StartAfter: after }),
      }),
    );
    return Contents.flatMap(({ Key }) => Key ?? []);
  }

  /** Writes down where an event has put cardholders; the same again is the same object. @throws what the SDK throws */
  async putPlacements(change: Change, position: string, placements: readonly Placement[]): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: placementsKeyOf(position, change),
        Body: placements.map((placement) => `${JSON.stringify(placement)}\n`).join(''),
        ContentType: 'application/x-ndjson',
      }),
    );
  }

  /**
   * The day under which a tenant's event is stored: the one on which it was sent, or a later one that an event before it has
   * already. Clocks differ: of two events about midnight the later must not come to lie before the earlier. Those behind it do
   * not count: they are there when it comes a second time, and then it must be the same object.
   *
   * @param sent when, ms since the epoch, and the queue's number of it
   * @throws what the SDK throws
   */
  async dayFor(tenantId: string, sent: { ms: number; sequence: string }): Promise<string> {
    const sequence = sequenceText(sent.sequence);
    let day = new Date(sent.ms).toISOString().slice(0, 10);
    for (;;) {
      const [next] = await this.list(tenantId, `${tenantPrefix(tenantId)}${day}/${AFTER_ALL}`, 1);
      const first = next === undefined ? undefined : parseEventKey(next);
      if (first === undefined || first.sequence > sequence) return day;
      day = first.day;
    }
  }
}
