import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { type Card, type Place, placeKey, type Site, tenantKey } from '@swipegate/contract';
import { tables } from '../../resources.js';

export interface Evacuee {
  card: Card;
  place: Place;
  /** Reader and time of the swipe out, ms after the alarm; undefined for a person who stays inside. */
  exit: { readerId: string; atMs: number } | undefined;
}

export interface EvacuationPlan {
  site: Site;
  buildingId: string;
  people: number;
  /** From the first exit to the last. */
  seconds: number;
  /** [0, 1) */
  random(): number;
  /** Epoch ms. */
  nowMs: number;
}

/** Share of the people who do not swipe out: they are asleep or hurt, or left by another way. */
const STAY = 0.0015;
const MORNING_MS = 4 * 3_600_000;
/** Share of the people by zone; the rest is in the first zone. */
const SHARES: Readonly<Record<string, number>> = { 'hq-lab': 0.12, 'hq-garage': 0.1, 'hq-datacentre': 0.02 };

/** Chooses the people inside and their exits: a few leave at first, then most, then stragglers, by exits that lead outdoors. */
export function evacuees({ site, buildingId, people, seconds, random, nowMs }: EvacuationPlan): Evacuee[] {
  const zones = site.zones.filter((zone) => zone.buildingId === buildingId).map(({ zoneId }) => zoneId);
  const exits = exitsOf(site, buildingId);
  const cards = site.cards.filter(({ employeeId }) => employeeId !== undefined).slice(0, people);
  const staying = new Set<number>();
  while (staying.size < Math.max(1, Math.round(cards.length * STAY))) staying.add(Math.floor(random() * cards.length));
  return cards.map((card, i): Evacuee => {
    const since = new Date(nowMs - random() * MORNING_MS).toISOString();
    const place = { buildingId, zoneId: zoneAt(zones, random()), since, swipeId: randomUUID() };
    const readerId = exits[Math.floor(random() * exits.length)] ?? '';
    // The mean of two random numbers is likeliest in the middle.
    const atMs = ((random() + random()) / 2) * seconds * 1_000;
    return { card, place, exit: staying.has(i) ? undefined : { readerId, atMs } };
  });
}

/** Readers for the way out that lead outdoors. */
export function exitsOf(site: Site, buildingId: string): string[] {
  return site.readers
    .filter((reader) => reader.buildingId === buildingId && reader.direction === 'out')
    .filter(({ outerZoneId }) => outerZoneId === undefined)
    .map(({ readerId }) => readerId);
}

function zoneAt(zones: readonly string[], share: number): string {
  let until = 0;
  for (const zoneId of zones) {
    until += SHARES[zoneId] ?? 0;
    if (share < until) return zoneId;
  }
  return zones[0] ?? '';
}

/** Writes the presence rows that the decision Lambda would have left after their swipes of the morning. */
export async function letIn(dynamodb: DynamoDBClient, tenantId: string, inside: readonly Evacuee[]): Promise<void> {
  const rows = inside.map(({ card: { cardId, employeeId }, place }) => ({
    cardKey: tenantKey(tenantId, cardId),
    version: 1,
    sequence: '',
    employeeId,
    inside: place,
    movedAt: place.since,
    outbox: '[]',
    buildingKey: tenantKey(tenantId, place.buildingId),
    placeKey: placeKey(place),
  }));
  await batchWrite(dynamodb, tables.presence.name, rows, { lanes: 4 });
}
