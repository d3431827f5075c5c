import type { WriteResult } from '@swipegate/aws/batch-write-if';
import type { Decision } from '@swipegate/contract';
import type { Logger } from 'pino';
import { type DecisionJson, jsonOnce } from '../stores/presence/json-once.js';
import type { Presence } from '../stores/presence/presence.js';
import { type CardPlan, OUTBOX_MAX } from './plan/card-plan.js';
import { type GatherParts, gather } from './plan/gather.js';
import { planBatch } from './plan/plan.js';
import { readersByTenant } from './plan/readers-by-tenant.js';
import { byCard } from './records/by-card.js';
import { type BatchRecords, type StreamSwipe, type Unreadable, undecidable } from './records/records.js';
import { duressAlarm } from './stores/door-event-row.js';
import type { ReaderContacts } from './stores/reader-contacts.js';
import { type Store, StoreError } from './stores/store.js';
import type { ZoneState } from './stores/zone-state.js';
import type { ZoneStore } from './stores/zone-store.js';

export interface DecideParts extends GatherParts {
  store: Pick<Store, 'readFacts' | 'readEmployees' | 'commit' | 'writeDecisions' | 'settle' | 'writeDoorEvents'>;
  zones: Pick<ZoneStore, 'read' | 'commit'>;
  contacts: Pick<ReaderContacts, 'heard'>;
  /** Tells the gateways. @param json of each decision */
  publish(decisions: readonly Decision[], json?: DecisionJson): Promise<void>;
  /** Keeps records that cannot be decided until somebody has put right what is wrong. Rejects when any is not kept. */
  park(records: readonly Unreadable[]): Promise<void>;
  /** ms since the epoch. */
  now(): number;
  maxClockSkewMs: number;
  lateAfterMs: number;
  logger: Pick<Logger, 'error' | 'warn'>;
}

interface WaveParts extends DecideParts {
  json: DecisionJson;
}

/** A card is contended only while two shards carry it, right after a reshard; a zone whenever two shards lead into it. */
const COMMIT_ATTEMPTS = 10;

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
  const contacts = noteContacts(batch, parts);
  const unparked = park(batch.unreadable, parts);
  const doorEvents = writeDoorEvents(batch, parts);
  for (const wave of wavesOf(batch.swipes)) {
    const undone = await decideWave(wave, parts);
    failed.push(...undone);
    // What follows in the stream must not overtake it.
    if (undone.length > 0) break;
  }
  await contacts;
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

/** Swipes in stream order, cut where a card has as many as its outbox holds. */
function wavesOf(swipes: readonly StreamSwipe[]): StreamSwipe[][] {
  const waves: StreamSwipe[][] = [];
  let wave: StreamSwipe[] = [];
  const counts = new Map<string, number>();
  for (const swipe of swipes) {
    const { cardKey } = swipe;
    if (waves.length === 0 || counts.get(cardKey) === OUTBOX_MAX) {
      wave = [];
      waves.push(wave);
      counts.clear();
    }
    counts.set(cardKey, (counts.get(cardKey) ?? 0) + 1);
    wave.push(swipe);
  }
  return waves;
}

async function decideWave(swipes: readonly StreamSwipe[], parts: DecideParts): Promise<string[]> {
  const done = new Map<string, CardPlan>();
  const failed: string[] = [];
  const json = jsonOnce();
  let pending = swipes;
  try {
    for (let attempt = 0; pending.length > 0 && attempt < COMMIT_ATTEMPTS; attempt++) {
      pending = await commitSwipes(pending, { ...parts, json }, done, failed);
    }
    for (const cardKey of byCard(pending).keys()) {
      parts.logger.warn(
        { cardKey },
        'card or zone was written elsewhere at the same time, too often; swipes come again',
      );
    }
    failed.push(...sequencesOf(pending));
    await tell(done.values(), { ...parts, json });
    return failed;
  } catch (error) {
    if (error instanceof StoreError) return decideOthers(swipes, error, parts);
    parts.logger.error({ err: error }, 'swipes could not be decided; they come again');
    return sequencesOf(swipes);
  }
}

/** Everything at once: nobody waits for the table to know a decision that is final. */
async function tell(plans: Iterable<CardPlan>, { store, publish, json }: WaveParts): Promise<void> {
  const decisions: Decision[] = [];
  const missing: Decision[] = [];
  const settled: Presence[] = [];
  for (const plan of plans) {
    decisions.push(...plan.decisions);
    missing.push(...plan.missing);
    if (plan.settled !== undefined) settled.push(plan.settled);
  }
  // Also for decisions that the table has: their function may have died before it raised the alarm.
  const alarms = decisions.filter(({ duress }) => duress === true).map(duressAlarm);
  await Promise.all([
    store.writeDecisions(missing).then(() => store.settle(settled)),
    publish(decisions, json),
    ...(alarms.length === 0 ? [] : [store.writeDoorEvents(alarms)]),
  ]);
}

/**
 * Parks the swipes of cards whose rows cannot be read, and decides the others. When they are put back they are history: it
 * does no harm that swipes of the same card behind them are decided first.
 */
async function decideOthers(
  swipes: readonly StreamSwipe[],
  { reasons }: StoreError,
  parts: DecideParts,
): Promise<string[]> {
  const others: StreamSwipe[] = [];
  const held: Unreadable[] = [];
  for (const swipe of swipes) {
    const reason = reasons.get(swipe.cardKey);
    if (reason === undefined) others.push(swipe);
    else held.push(undecidable(swipe, reason));
  }
  // Rows of no card of ours: without this the same would be tried for ever.
  if (held.length === 0) return sequencesOf(swipes);
  const unparked = await park(held, parts);
  return others.length === 0 ? unparked : [...unparked, ...(await decideWave(others, parts))];
}

/** @returns the swipes to be planned again, because somebody else wrote their card or zone in the meantime */
async function commitSwipes(
  swipes: readonly StreamSwipe[],
  parts: WaveParts,
  done: Map<string, CardPlan>,
  failed: string[],
): Promise<StreamSwipe[]> {
  const cards = byCard(swipes);
  const facts = await gather(cards, parts);
  const { maxClockSkewMs, lateAfterMs } = parts;
  const plan = planBatch(swipes, facts, { nowMs: parts.now(), maxClockSkewMs, lateAfterMs }, cards);
  const again = new Set<string>();
  const settle = (card: CardPlan, result: WriteResult): void => {
    const { cardKey } = card;
    if (result === 'overtaken') again.add(cardKey);
    else if (result === 'written') {
      done.set(cardKey, card);
      if (card.isHeldInVain) again.add(cardKey);
    } else {
      parts.logger.error({ cardKey, result }, 'card could not be committed; its swipes come again');
      failed.push(...sequencesOf(card.swipes));
    }
  };
  const held = await commitZones(plan.zones, parts);
  const ready = plan.cards.filter((card) => {
    const result = zoneResultOf(card, held);
    if (result !== undefined) settle(card, result);
    return result === undefined;
  });
  const rows: Presence[] = [];
  for (const { presence } of ready) if (presence !== undefined) rows.push(presence);
  const results = await parts.store.commit(rows, parts.json);
  let at = 0;
  for (const card of ready) settle(card, card.presence === undefined ? 'written' : (results[at++] ?? 'overtaken'));
  return again.size === 0 ? [] : swipes.filter(({ cardKey }) => again.has(cardKey));
}

/** @returns zones that could not be written, and why */
async function commitZones(
  states: readonly ZoneState[],
  { zones, logger }: DecideParts,
): Promise<Map<string, WriteResult>> {
  const held = new Map<string, WriteResult>();
  if (states.length === 0) return held;
  const results = await zones.commit(states);
  for (const [i, { zoneKey }] of states.entries()) {
    const result = results[i] ?? 'overtaken';
    if (result === 'written') continue;
    held.set(zoneKey, result);
    if (result !== 'overtaken') logger.error({ zoneKey, result }, 'zone could not be written');
  }
  return held;
}

/** Why a card must wait for its zones; a fault stands before what a second try mends. */
function zoneResultOf({ zoneKeys }: CardPlan, held: ReadonlyMap<string, WriteResult>): WriteResult | undefined {
  if (held.size === 0) return undefined;
  const results = Array.from(zoneKeys).flatMap((zoneKey) => held.get(zoneKey) ?? []);
  return results.find((result) => result !== 'overtaken') ?? results[0];
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

/** At best effort: whether a reader is silent must not decide whether a door opens. */
async function noteContacts({ swipes, doorEvents }: BatchRecords, { contacts, now, logger }: DecideParts) {
  const readers = readersByTenant([...swipes.map(({ swipe }) => swipe), ...doorEvents.map(({ event }) => event)]);
  try {
    await contacts.heard(readers, now());
  } catch (error) {
    logger.warn({ err: error }, 'when readers were last heard could not be written down');
  }
}

function sequencesOf(swipes: readonly StreamSwipe[]): string[] {
  return swipes.map(({ kinesisSequence }) => kinesisSequence);
}
