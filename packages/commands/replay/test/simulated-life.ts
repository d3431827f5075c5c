import { type Decision, type SwipeRecord, swipeMessageOf } from '@swipegate/contract';
import { decideBatch } from '@swipegate/lambdas/decide/batch';
import { cardKeyOf } from '@swipegate/lambdas/decide/records/keys';
import type { StreamSwipe } from '@swipegate/lambdas/decide/records/records';
import { MemoryStore } from '@swipegate/lambdas/decide/test/memory-store';
import { INDEX, MONDAY_9_UTC, SITE, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import type { SiteIndex } from '@swipegate/lambdas/stores/site-cache';
import fc from 'fast-check';

/** A random swipe. */
export interface Happening {
  cardId: string;
  readerId: string;
  direction: 'in' | 'out' | undefined;
  duress: boolean;
  offlineOutcome: 'granted' | 'denied' | undefined;
  /** Time at the gateway after the swipe before it, ms. */
  gapMs: number;
  /** Time from reading the card to the gateway, ms. */
  readEarlierMs: number;
  /** Time from the gateway to the stream, ms. */
  delayMs: number;
  /** Whether a batch ends with it. */
  cut: boolean;
}

const CARDS = ['ann', 'bob', 'bob-2', 'cara', 'dave', 'unlinked', 'stranger', 'mona'];

export const happenings = fc.array(
  fc.record({
    cardId: fc.constantFrom(...CARDS),
    readerId: fc.constantFrom(
      ...SITE.readers.map(({ readerId }) => readerId),
      'small-in',
      'pair-in',
      'vault-in',
      'nowhere',
    ),
    direction: fc.constantFrom('in' as const, 'out' as const, undefined),
    duress: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    offlineOutcome: fc.constantFrom(
      'granted' as const,
      'denied' as const,
      ...Array.from({ length: 8 }, () => undefined),
    ),
    gapMs: fc.constantFrom(0, 1, 1_000, 20_000, 400_000),
    readEarlierMs: fc.constantFrom(0, 0, 0, 5_000, 120_000, 400_000),
    delayMs: fc.constantFrom(0, 0, 0, 0, 61_000, 500_000),
    cut: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** Swipes, what decide made of them batch by batch, and the resulting tables. */
export interface Life {
  swipes: StreamSwipe[];
  tables: MemoryStore;
  /** In the order in which they were published. */
  decisions: Decision[];
}

/** @param index the site whose rules decide */
export async function live(
  all: readonly Happening[],
  { index = INDEX, repeatWindowMs = 0 }: { index?: SiteIndex; repeatWindowMs?: number } = {},
): Promise<Life> {
  const tables = new MemoryStore();
  const swipes: StreamSwipe[] = [];
  let receivedMs = MONDAY_9_UTC;
  let nowMs = MONDAY_9_UTC;
  let batch: StreamSwipe[] = [];
  for (const [i, { gapMs, readEarlierMs, delayMs, cut, ...swiped }] of all.entries()) {
    receivedMs += gapMs;
    const arrivedAtMs = receivedMs + delayMs;
    const swipe = streamed(
      swipeOf({ n: i + 1, ...changeOf(swiped), ...timesOf(receivedMs, readEarlierMs, i) }),
      i,
      arrivedAtMs,
    );
    swipes.push(swipe);
    batch.push(swipe);
    if (!cut && i < all.length - 1) continue;
    nowMs = Math.max(nowMs + 1, arrivedAtMs + 5);
    await decideBatch(
      { swipes: batch, doorEvents: [], deviceRecords: [], unreadable: [] },
      { ...tables.deps(nowMs, repeatWindowMs), sites: { siteOf: async () => index } },
    );
    batch = [];
  }
  return { swipes, tables, decisions: tables.published };
}

/** Archives a life in files of a few records, with duplicates and out of order. */
export function archiveOf({ swipes, decisions }: Life): MemoryObjectStore {
  const store = new MemoryObjectStore();
  const inFiles = (kind: 'swipes' | 'decisions', documents: readonly unknown[]) => {
    for (let from = 0; from < documents.length; from += 4) {
      store.add(kind, new Date(MONDAY_9_UTC).toISOString(), documents.slice(from, from + 5).toReversed());
    }
  };
  inFiles(
    'swipes',
    swipes.map(({ swipe }) => swipeMessageOf(swipe)),
  );
  inFiles('decisions', decisions);
  return store;
}

function changeOf({
  cardId,
  readerId,
  direction,
  duress,
  offlineOutcome,
}: Omit<Happening, 'gapMs' | 'readEarlierMs' | 'delayMs' | 'cut'>): Partial<SwipeRecord> {
  return {
    cardId,
    // As a reader with a card format sends it.
    cardNumber: `sent ${cardId}`,
    readerId,
    ...(direction === undefined ? {} : { direction }),
    ...(duress ? { duress } : {}),
    ...(offlineOutcome === undefined ? {} : { offlineOutcome }),
  };
}

/** Every third swipe writes its time with another UTC offset. */
function timesOf(receivedMs: number, readEarlierMs: number, i: number) {
  const read = new Date(receivedMs - readEarlierMs);
  const readAt =
    i % 3 === 0 ? new Date(read.getTime() + 3_600_000).toISOString().replace('Z', '+01:00') : read.toISOString();
  return { readAt, receivedAt: new Date(receivedMs).toISOString() };
}

function streamed(swipe: SwipeRecord, i: number, arrivedAtMs: number): StreamSwipe {
  const place = String(i + 1).padStart(56, '0');
  return { swipe, cardKey: cardKeyOf(swipe), kinesisSequence: String(i + 1), sequence: `${place}.000000`, arrivedAtMs };
}
