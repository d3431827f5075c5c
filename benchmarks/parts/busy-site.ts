import type { KinesisStreamEvent } from 'aws-lambda';
import {
  type Decision,
  type Place,
  type Reader,
  type Site,
  type SwipeMessage,
  swipePartitionKey,
  tenantKey,
} from '../../gateway/contract/index.js';
import { demoSite } from '../../infra/local/demo-site.js';
import { rowsOf } from '../../infra/local/seed.js';
import { tables } from '../../infra/resources.js';
import { presenceRow } from '../../lambdas/decide/presence.js';
import { seededRandom } from '../../simulator/load/random.js';
import { MemoryTables } from './memory-tables.js';
import { SlabEncoder } from './slab-encoder.js';

/** How many times the people of the demo's site: so that a card comes at most once in any batch, as in life. */
const TIMES = 10;
/** One swipe in fifty is of a card that nobody knows. */
const STRANGER_EVERY = 50;
const HOUR_MS = 3_600_000;

/** When the swipes are decided, ms since the epoch. */
export const NOW_MS = Date.parse('2026-11-24T08:15:30.250Z');

/** The demo's buildings with ten times its people, half of them inside; and their swipes. */
export class BusySite {
  readonly site: Site;
  readonly rows = new MemoryTables();
  readonly #random = seededRandom(1);
  readonly #places = new Map<string, string | undefined>();
  #made = 0;

  constructor() {
    const site = demoSite();
    const again = <Of>(of: readonly Of[], name: (one: Of, suffix: string) => Of) =>
      Array.from({ length: TIMES }, (_, i) => of.map((one) => name(one, String(i)))).flat();
    this.site = {
      ...site,
      employees: again(site.employees, (one, suffix) => ({ ...one, employeeId: `${one.employeeId}${suffix}` })),
      cards: again(site.cards, ({ employeeId, ...card }, suffix) => ({
        ...card,
        cardId: `${card.cardId}${suffix}`,
        ...(employeeId === undefined ? {} : { employeeId: `${employeeId}${suffix}` }),
      })),
    };
    for (const [tableName, rows] of rowsOf(this.site, [])) this.rows.add(tableName, rows);
    this.#letIn();
  }

  /** A batch as Lambda hands it over: swipes in aggregated Kinesis records of at most 50 KB. */
  batch(swipes: number): KinesisStreamEvent {
    const records = Array.from({ length: swipes }, () => {
      const message = this.#swipe();
      return { partitionKey: swipePartitionKey(message.tenantId, message.cardId), data: JSON.stringify(message) };
    });
    const Records: KinesisStreamEvent['Records'] = [];
    new SlabEncoder().encode(records, (aggregate, partitionKey) => {
      const sequenceNumber = `49${String(this.#made).padStart(45, '0')}${String(Records.length).padStart(9, '0')}`;
      Records.push({
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey,
          sequenceNumber,
          data: aggregate.toString('base64'),
          approximateArrivalTimestamp: NOW_MS / 1_000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::000000000000:role/decide',
        awsRegion: 'us-east-1',
        eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/swipes`,
      });
    });
    return { Records };
  }

  /** Every second card came in an hour ago; the decision of that is still in its outbox, as the next write finds it. */
  #letIn(): void {
    const entrances = this.site.readers.filter(
      ({ direction, outerZoneId }) => direction === 'in' && outerZoneId === undefined,
    );
    const since = new Date(NOW_MS - HOUR_MS).toISOString();
    for (const [i, { cardId, employeeId }] of this.site.cards.entries()) {
      const reader = entrances[i % entrances.length];
      if (i % 2 === 0 || employeeId === undefined || reader === undefined) continue;
      const swipeId = swipeIdOf(1e9 + i);
      const { readerId, buildingId, zoneId } = reader;
      const { tenantId } = this.site;
      const sequence = `${'0'.padStart(56, '0')}.000000`;
      const inside: Place = { buildingId, zoneId, since, swipeId };
      const made = { swipeId, tenantId, readerId, cardId, employeeId, buildingId, zoneId, sequence };
      const decision: Decision = {
        ...made,
        outcome: 'granted',
        reason: 'granted',
        direction: 'in',
        readAt: since,
        receivedAt: since,
        decidedAt: since,
        timeBasis: 'readAt',
      };
      const cardKey = tenantKey(tenantId, cardId);
      const row = presenceRow({
        cardKey,
        version: 1,
        sequence,
        employeeId,
        inside,
        movedAt: since,
        outbox: [decision],
      });
      this.rows.add(tables.presence.name, [row]);
      this.#places.set(cardId, zoneId);
    }
  }

  /** Somebody goes through a door at which they can be. */
  #swipe(): SwipeMessage {
    const { cards, tenantId } = this.site;
    const number = this.#made++;
    const isStranger = number % STRANGER_EVERY === 0;
    // A stride without a common divisor comes by all before it comes by one again.
    const cardId = isStranger ? `stranger-${number}` : (cards[(number * 7_919) % cards.length]?.cardId ?? '');
    // Out of the showroom no reader leads: who was there comes in again.
    const doors = this.#doorsOf(this.#places.get(cardId)) ?? this.#doorsOf(undefined) ?? [];
    const door = doors[Math.floor(this.#random() * doors.length)];
    if (door === undefined) throw new Error('The site has no entrance');
    if (!isStranger) this.#places.set(cardId, door.direction === 'in' ? door.zoneId : door.outerZoneId);
    return {
      tenantId,
      swipeId: swipeIdOf(number),
      readerId: door.readerId,
      cardId,
      readAt: new Date(NOW_MS - 120 - (number % 97)).toISOString(),
      receivedAt: NOW_MS - 60 - (number % 89),
    };
  }

  /** Readers at which somebody in a zone (undefined: outdoors) can go on; undefined where there is none. */
  #doorsOf(place: string | undefined): Reader[] | undefined {
    const doors = this.site.readers.filter(({ direction, zoneId, outerZoneId }) =>
      direction === 'out' ? zoneId === place : direction === 'in' && outerZoneId === place,
    );
    return doors.length === 0 ? undefined : doors;
  }
}

function swipeIdOf(number: number): string {
  return `0193a1d2-7c1e-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
