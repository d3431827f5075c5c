import type { Logger } from 'pino';
import { type Decision, type Employee, tenantKey } from '../../gateway/contract/index.js';
import { type CardPlan, OUTBOX_MAX, planCard } from './plan.js';
import { type BatchRecords, type StreamSwipe, type Unreadable, undecidable } from './records.js';
import type { SiteIndex } from './rules.js';
import type { SiteCache } from './site-cache.js';
import { cardKeyOf, type Store, StoreError, swipeKeyOf } from './store.js';

export interface DecideParts {
  store: Pick<Store, 'readFacts' | 'readEmployees' | 'commit' | 'writeDecisions' | 'writeDoorEvents'>;
  sites: Pick<SiteCache, 'siteOf'>;
  /** Tells the gateways. */
  publish(decisions: readonly Decision[]): Promise<void>;
  /** Keeps records that cannot be decided until somebody has put right what is wrong. Rejects when any is not kept. */
  park(records: readonly Unreadable[]): Promise<void>;
  /** Swipes ({@link swipeKeyOf}) whose decisions this instance has written to the table; may forget. */
  written: { has(swipeKey: string): boolean; add(swipeKey: string): void };
  /** ms since the epoch. */
  now(): number;
  maxClockSkewMs: number;
  logger: Pick<Logger, 'error' | 'warn'>;
}

type Cards = Map<string, StreamSwipe[]>;

/** A card is contended only while two shards carry it, right after a reshard. */
const COMMIT_ATTEMPTS = 5;

/**
 * Decides a batch: commits each card's decisions, then writes them down and tells the gateways. A committed decision is final,
 * so nobody ever reads one that may still change; whoever is told may be a moment ahead of the table. What can never be
 * decided as things are is parked, so that it holds up nobody behind it.
 *
 * @returns sequence numbers of the Kinesis records that must come again. Never throws for a record's sake: the others are
 * done.
 */
export async function decideBatch(batch: BatchRecords, parts: DecideParts): Promise<string[]> {
  const failed: string[] = [];
  const unparked = park(batch.unreadable, parts);
  const doorEvents = writeDoorEvents(batch, parts);
  for (const wave of wavesOf(batch.swipes)) {
    const undone = await decideWave(wave, parts);
    failed.push(...undone);
    // What follows in the stream must not overtake it.
    if (undone.length > 0) break;
  }
  return [...failed, ...(await doorEvents), ...(await unparked)];
}

/** @returns sequence numbers of the Kinesis records that must come again, because they could not be parked */
async function park(records: readonly Unreadable[], { park, logger }: DecideParts): Promise<string[]> {
  if (records.length === 0) return [];
  for (const { sequence, reason } of records) logger.error({ sequence, reason }, 'record is parked');
  try {
    await park(records);
    return [];
  } catch (error) {
    logger.error({ err: error }, 'records could not be parked; they come again');
    return records.map(({ kinesisSequence }) => kinesisSequence);
  }
}

/** Swipes by card, in stream order, with at most as many of a card as its outbox holds. */
function wavesOf(swipes: readonly StreamSwipe[]): Cards[] {
  const waves: Cards[] = [];
  const counts = new Map<string, number>();
  for (const swipe of swipes) {
    const cardKey = cardKeyOf(swipe.swipe);
    const count = counts.get(cardKey) ?? 0;
    counts.set(cardKey, count + 1);
    const index = Math.floor(count / OUTBOX_MAX);
    const wave = waves[index] ?? new Map<string, StreamSwipe[]>();
    waves[index] = wave;
    const ofCard = wave.get(cardKey);
    if (ofCard === undefined) wave.set(cardKey, [swipe]);
    else ofCard.push(swipe);
  }
  return waves;
}

async function decideWave(cards: Cards, parts: DecideParts): Promise<string[]> {
  const plans: CardPlan[] = [];
  const failed: string[] = [];
  let pending = cards;
  try {
    for (let attempt = 0; pending.size > 0 && attempt < COMMIT_ATTEMPTS; attempt++) {
      pending = await commitCards(pending, parts, plans, failed);
    }
    for (const [cardKey, swipes] of pending) {
      parts.logger.warn({ cardKey }, 'card was decided elsewhere at the same time, too often; its swipes come again');
      failed.push(...sequencesOf(swipes));
    }
    const missing = plans.flatMap((plan) => plan.missing);
    const written = parts.store.writeDecisions(missing).then(() => {
      for (const decision of missing) parts.written.add(swipeKeyOf(decision));
    });
    await Promise.all([written, parts.publish(plans.flatMap(({ decisions }) => decisions))]);
    return failed;
  } catch (error) {
    if (error instanceof StoreError) return decideOthers(cards, error, parts);
    parts.logger.error({ err: error }, 'swipes could not be decided; they come again');
    return Array.from(cards.values()).flatMap(sequencesOf);
  }
}

/**
 * Parks the swipes of cards whose rows cannot be read, and decides the others. When they are put back they are history: it
 * does no harm that swipes of the same card behind them are decided first.
 */
async function decideOthers(cards: Cards, { reasons }: StoreError, parts: DecideParts): Promise<string[]> {
  const others: Cards = new Map();
  const held: Unreadable[] = [];
  for (const [cardKey, swipes] of cards) {
    const reason = reasons.get(cardKey);
    if (reason === undefined) others.set(cardKey, swipes);
    else held.push(...swipes.map((swipe) => undecidable(swipe, reason)));
  }
  // Rows of no card of ours: without this the same would be tried for ever.
  if (held.length === 0) return Array.from(cards.values()).flatMap(sequencesOf);
  const unparked = await park(held, parts);
  return others.size === 0 ? unparked : [...unparked, ...(await decideWave(others, parts))];
}

/** @returns the cards that somebody else wrote in the meantime */
async function commitCards(cards: Cards, parts: DecideParts, plans: CardPlan[], failed: string[]): Promise<Cards> {
  const contended: Cards = new Map();
  const planned = await planCards(cards, parts);
  const results = await parts.store.commit(planned.flatMap(({ plan }) => plan.presence ?? []));
  let at = 0;
  for (const { cardKey, swipes, plan } of planned) {
    const result = plan.presence === undefined ? 'written' : results[at++];
    if (result === 'written') plans.push(plan);
    else if (result === 'overtaken') contended.set(cardKey, swipes);
    else {
      parts.logger.error({ cardKey, result }, 'card could not be committed; its swipes come again');
      failed.push(...sequencesOf(swipes));
    }
  }
  return contended;
}

interface PlannedCard {
  cardKey: string;
  swipes: StreamSwipe[];
  plan: CardPlan;
}

async function planCards(cards: Cards, parts: DecideParts): Promise<PlannedCard[]> {
  const all = Array.from(cards.values()).flatMap((swipes) => swipes.map(({ swipe }) => swipe));
  const [facts, sites] = await Promise.all([parts.store.readFacts(all), sitesOf(all, parts)]);
  const employees = await employeesOf(all, facts.cards, parts);
  const options = {
    nowMs: parts.now(),
    maxClockSkewMs: parts.maxClockSkewMs,
    isWritten: (decision: Decision) => parts.written.has(swipeKeyOf(decision)),
  };
  const planned: PlannedCard[] = [];
  for (const [cardKey, swipes] of cards) {
    const first = swipes[0]?.swipe;
    const site = first && sites.get(first.tenantId);
    if (first === undefined || site === undefined) continue;
    const card = facts.cards.get(cardKey);
    const employee =
      card?.employeeId === undefined ? undefined : employees.get(tenantKey(first.tenantId, card.employeeId));
    const decided = new Map<string, Decision>();
    for (const { swipe } of swipes) {
      const decision = facts.decisions.get(swipeKeyOf(swipe));
      if (decision !== undefined) decided.set(swipe.swipeId, decision);
    }
    const plan = planCard(
      swipes,
      { cardKey, card, employee, presence: facts.presence.get(cardKey), decided, site },
      options,
    );
    planned.push({ cardKey, swipes, plan });
  }
  return planned;
}

async function sitesOf(
  swipes: readonly StreamSwipe['swipe'][],
  { sites }: DecideParts,
): Promise<Map<string, SiteIndex>> {
  const readers = new Map<string, Set<string>>();
  for (const { tenantId, readerId } of swipes) {
    const ofTenant = readers.get(tenantId);
    if (ofTenant === undefined) readers.set(tenantId, new Set([readerId]));
    else ofTenant.add(readerId);
  }
  return new Map(
    await Promise.all(
      Array.from(
        readers,
        async ([tenantId, readerIds]): Promise<[string, SiteIndex]> => [
          tenantId,
          await sites.siteOf(tenantId, readerIds),
        ],
      ),
    ),
  );
}

async function employeesOf(
  swipes: readonly StreamSwipe['swipe'][],
  cards: ReadonlyMap<string, { employeeId?: string }>,
  { store }: DecideParts,
): Promise<Map<string, Employee>> {
  const cardKeys = new Map<string, Set<string>>();
  for (const swipe of swipes) {
    const cardKey = cardKeyOf(swipe);
    const employeeId = cards.get(cardKey)?.employeeId;
    if (employeeId === undefined) continue;
    const employeeKey = tenantKey(swipe.tenantId, employeeId);
    cardKeys.set(employeeKey, (cardKeys.get(employeeKey) ?? new Set()).add(cardKey));
  }
  try {
    return await store.readEmployees(cardKeys.keys());
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const reasons = Array.from(error.reasons).flatMap(([employeeKey, reason]) =>
      Array.from(cardKeys.get(employeeKey) ?? [], (cardKey): [string, string] => [cardKey, reason]),
    );
    throw new StoreError(new Map(reasons));
  }
}

async function writeDoorEvents({ doorEvents }: BatchRecords, { store, logger }: DecideParts): Promise<string[]> {
  if (doorEvents.length === 0) return [];
  try {
    await store.writeDoorEvents(doorEvents.map(({ event }) => event));
    return [];
  } catch (error) {
    logger.error({ err: error }, 'door events could not be written; they come again');
    return doorEvents.map(({ kinesisSequence }) => kinesisSequence);
  }
}

function sequencesOf(swipes: readonly StreamSwipe[]): string[] {
  return swipes.map(({ kinesisSequence }) => kinesisSequence);
}
