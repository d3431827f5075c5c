import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CardId, Change, compile, EmployeeId, Place, subjectOf, TenantId, Timestamp } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import {
  eventKeyOf,
  parseEventKey,
  placementsKeyOf,
  type StoredKey,
  sequenceText,
  tenantPrefix,
} from './object-keys.js';

const isChange = compile(Change);
/** Sorts after every key of a day. */
const AFTER_ALL = '~';

/** Position that the back office gave a card's holder after the swipe `afterSequence`, for example by a link. */
export const Placement = Type.Object(
  {
    tenantId: TenantId,
    cardId: CardId,
    afterSequence: Type.String({ description: '`sequence` of a decision; empty means before all swipes of the card' }),
    place: Type.Optional(Type.Object(Place.properties, { description: 'Absent means outdoors' })),
    movedAt: Timestamp,
    employeeId: Type.Optional(EmployeeId),
  },
  { additionalProperties: false },
);

/** See the schema. Without `employeeId` the holder stays the same. */
export type Placement = Omit<Type.Static<typeof Placement>, 'place'> & { place?: Place | undefined };

/** Event store: one object an event, written once. */
export class EventStore {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** Stores an event at its place; a repeat writes the same object. @returns its key @throws what the SDK throws */
  async put(place: StoredKey, change: Change): Promise<string> {
    const key = eventKeyOf(place, { ...subjectOf(change.content), changeId: change.changeId });
    await this.#write(key, JSON.stringify(change), 'application/json');
    return key;
  }

  /** @returns the event; undefined if the object is not a valid event. @throws what the SDK throws */
  async get(key: string): Promise<Change | undefined> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    const change = jsonAttribute(await Body?.transformToString());
    return isChange(change) ? change : undefined;
  }

  /** Returns keys of a tenant's events in order, after a key. @param most at most 1,000 @throws what the SDK throws */
  async list(tenantId: string, after: string | undefined, most: number): Promise<string[]> {
    const from = { Prefix: tenantPrefix(tenantId), StartAfter: after };
    const { Contents = [] } = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: most, ...from }),
    );
    return Contents.flatMap(({ Key }) => Key ?? []);
  }

  /** Stores where an event placed cardholders; a repeat writes the same object. @throws what the SDK throws */
  async putPlacements(change: Change, position: string, placements: readonly Placement[]): Promise<void> {
    const lines = placements.map((placement) => `${JSON.stringify(placement)}\n`);
    await this.#write(placementsKeyOf(position, change), lines.join(''), 'application/x-ndjson');
  }

  async #write(Key: string, Body: string, ContentType: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body, ContentType }));
  }

  /**
   * Returns the day under which to store a tenant's event: the day on which it was sent, or a later day that an
   * earlier event already has because clocks differ. Later events do not count: they may exist when the event is
   * delivered again, and it must then get the same key.
   * @param sent ms since the epoch, and the queue's sequence number
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
