import type { WriteResult } from '@swipegate/aws/batch-write-if';
import type { Decision } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { ZoneState } from '../stores/zone-state.js';
import { type CardPlan, OUTBOX_MAX } from './plan/card-draft.js';
import { type FactSources, type ReadFacts, readFacts } from './plan/facts.js';
import { type EmptiedRow, planBatch, visitorsBehindHosts } from './plan/plan-batch.js';
import { unknownCardsIn } from './plan/unknown-cards.js';
import { swipeKeyOf } from './records/keys.js';
import { type BatchRecords, byCard, type StreamSwipe, type Unreadable, undecidable } from './records/records.js';
import type { ClockLimits } from './rules/clock.js';
import { isWayOut } from './rules/rules.js';
import { doorEventEntry, duressAlarm, type LastingAlarms, traceAlarm } from './stores/alarms.js';
import type { DeviceContacts } from './stores/device-contacts.js';
import { type DecisionJson, jsonOnce } from './stores/publish.js';
import { type ReaderContacts, readersByTenant, type UnknownCardSeen } from './stores/reader-contacts.js';
import type { Store } from './stores/store.js';
import type { ZoneStore } from './stores/zone-store.js';

export interface DecideDeps extends FactSources {
  store: Pick<
    Store,
    'readFacts' | 'readEmployees' | 'readPresence' | 'commit' | 'writeDecisions' | 'settle' | 'writeDoorEvents'
  >;
  zones: Pick<ZoneStore, 'read' | 'commit'>;
  contacts: Pick<ReaderContacts, 'heard' | 'refused'>;
  devices: Pick<DeviceContacts, 'seen' | 'refused'>;
  lasting: LastingAlarms;
  /** Publishes decisions to the gateways. */
  publish(decisions: readonly Decision[], json?: DecisionJson): Promise<void>;
  /** Stores records that cannot be decided until an operator redrives them. Rejects unless all are stored. */
  park(records: readonly Unreadable[]): Promise<void>;
  /** Counts stored rows that could not be read. */
  unreadable(rows: number): void;
  /** ms since the epoch. */
  now(): number;
  clock: ClockLimits;
  lateAfterMs: number;
  repeatWindowMs: number;
  logger: Pick<Logger, 'error' | 'warn'>;
}

interface WaveDeps extends DecideDeps {
  json: DecisionJson;
  /** Writes that no swipe waits for; none of them rejects. */
  notes: Promise<void>[];
}

/** Two shards write the same card only right after a reshard, but the same zone whenever both have swipes into it. */
const COMMIT_ATTEMPTS = 10;

/**
 * Decides a batch: commits each card's decisions, which makes them final, then writes them to the decisions table and
 * publishes them. Records that cannot be decided are parked, so they do not block those behind them or make it throw.
 * @returns sequence numbers of the Kinesis records to retry
 */
export async function decideBatch(batch: BatchRecords, deps: DecideDeps): Promise<string[]> {
  const failed: string[] = [];
  const notes = [noteContacts(batch, deps), noteDevices(batch, deps)];
  const unparked = park(batch.unreadable, deps);
  const doorEvents = writeDoorEvents(batch, deps);
  for (const wave of wavesOf(batch.swipes)) {
    const undone = await decideWave(wave, deps, notes);
    failed.push(...undone);
    // Later swipes must not overtake the failed ones.
    if (undone.length > 0) break;
  }
  await Promise.all(notes);
  return [...failed, ...(await doorEvents), ...(await unparked)];
}

/** @returns sequence numbers of the Kinesis records to retry because they could not be parked */
async function park(records: readonly Unreadable[], { park, logger }: DecideDeps): Promise<string[]> {
  if (records.length === 0) return [];
  for (const { sequence, reason } of records) logger.error({ sequence, reason }, 'record parked');
  try {
    await park(records);
    return [];
  } catch (error) {
    logger.error({ err: error }, 'could not park records; they will be retried');
    return sequencesOf(records);
  }
}

/** Splits the swipes, in stream order, so that no wave has more swipes of a card than its outbox holds. */
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

async function decideWave(swipes: readonly StreamSwipe[], deps: DecideDeps, notes: Promise<void>[]): Promise<string[]> {
  const done = new Map<string, CardPlan>();
  const failed: string[] = [];
  const json = jsonOnce();
  let pending = swipes;
  try {
    for (let attempt = 0; pending.length > 0 && attempt < COMMIT_ATTEMPTS; attempt++) {
      pending = await commitSwipes(pending, { ...deps, json, notes }, done, failed);
    }
    for (const cardKey of byCard(pending).keys()) {
      deps.logger.warn(
        { cardKey },
        'every commit attempt met a concurrent write to the card or its zone; its swipes will be retried',
      );
    }
    failed.push(...sequencesOf(pending));
    await writeAndPublish(done.values(), { ...deps, json, notes });
    return failed;
  } catch (error) {
    deps.logger.error({ err: error }, 'could not decide swipes; they will be retried');
    return sequencesOf(swipes);
  }
}

/** Writes and publishes in parallel: a committed decision is final, so gateways need not wait for the table. */
async function writeAndPublish(done: Iterable<CardPlan>, deps: WaveDeps): Promise<void> {
  const { store, publish, json, lasting, notes } = deps;
  const plans = Array.from(done);
  const unknown = unknownCardsIn(plans);
  if (unknown.length > 0) notes.push(noteUnknownCards(unknown, deps));
  const decisions = plans.flatMap((plan) => plan.decisions);
  const missing = plans.flatMap((plan) => plan.missing);
  const settled = plans.flatMap((plan) => plan.settled ?? []);
  // Decisions that the table already has raise an alarm too: an earlier invocation may have died before it wrote one.
  const duress = decisions.filter((decision) => decision.duress === true).map(duressAlarm);
  const clocks = lasting.clocks(decisions, []);
  const traces = plans.flatMap((plan) => (plan.isTraced ? plan.decisions.map(traceAlarm) : []));
  const alarms = [...duress, ...traces, ...clocks];
  await Promise.all([
    store.writeDecisions(missing).then(() => store.settle(settled)),
    publish(decisions, json),
    ...(alarms.length === 0 ? [] : [store.writeDoorEvents(alarms).then(() => lasting.wrote(clocks))]),
  ]);
}

/**
 * Raises an alarm for each unreadable row, heals the rows that decide owns, and parks the swipes that cannot be decided.
 * The way out never waits: it needs no row. The alarm comes first, because a healed row no longer shows the fault.
 * @returns the swipes to decide
 */
async function withoutTroubles(
  swipes: readonly StreamSwipe[],
  { facts: { sites }, troubles, shutCards, decidedUnreadably }: ReadFacts,
  deps: DecideDeps,
  failed: string[],
): Promise<readonly StreamSwipe[]> {
  if (troubles.length === 0) return swipes;
  const rows = new Map(troubles.map((trouble) => [trouble.reason, trouble]));
  for (const reason of rows.keys()) deps.logger.error({ reason }, 'row unreadable');
  deps.unreadable(rows.size);
  const alarms = deps.lasting.rows(
    Array.from(rows.values()).flatMap(({ cardKey, reason }) => {
      const swipe = swipes.find((each) => each.cardKey === cardKey)?.swipe;
      return swipe === undefined ? [] : [{ swipe, reason }];
    }),
  );
  if (alarms.length > 0) await deps.store.writeDoorEvents(alarms);
  deps.lasting.wrote(alarms);
  await Promise.all(Array.from(rows.values(), ({ heal }) => heal?.()));
  const ready: StreamSwipe[] = [];
  const held: Unreadable[] = [];
  for (const each of swipes) {
    const { swipe, cardKey } = each;
    const site = sites.get(swipe.tenantId);
    const isShut = site === undefined || !isWayOut(swipe, site) ? shutCards.get(cardKey) : undefined;
    const reason = decidedUnreadably.get(swipeKeyOf(swipe)) ?? isShut;
    if (reason === undefined) ready.push(each);
    else held.push(undecidable(each, reason));
  }
  failed.push(...(await park(held, deps)));
  return ready;
}

/** @returns the swipes to plan again: another write came first, or a zone holds a place that the card does not use */
async function commitSwipes(
  swipes: readonly StreamSwipe[],
  deps: WaveDeps,
  done: Map<string, CardPlan>,
  failed: string[],
): Promise<StreamSwipe[]> {
  const nowMs = deps.now();
  const cards = byCard(swipes);
  const read = await readFacts(cards, deps, nowMs);
  const decidable = await withoutTroubles(swipes, read, deps, failed);
  const again = new Set(visitorsBehindHosts(decidable === swipes ? cards : byCard(decidable), read.facts));
  const ready = again.size === 0 ? decidable : decidable.filter(({ cardKey }) => !again.has(cardKey));
  const { clock, lateAfterMs, repeatWindowMs } = deps;
  const options = { nowMs, clock, lateAfterMs, repeatWindowMs };
  const plan = planBatch(ready, read.facts, options, ready === swipes ? cards : byCard(ready));
  const settle = (card: CardPlan, result: WriteResult): void => {
    const { cardKey } = card;
    if (result === 'overtaken') again.add(cardKey);
    else if (result === 'written') {
      done.set(cardKey, card);
      if (card.hasUnusedPlace) again.add(cardKey);
    } else {
      deps.logger.error({ cardKey, result }, 'could not commit card; its swipes will be retried');
      failed.push(...sequencesOf(card.swipes));
    }
  };
  const held = await commitZones(plan.zones, deps);
  const free = plan.cards.filter((card) => {
    const result = zoneResultOf(card, held);
    if (result !== undefined) settle(card, result);
    return result === undefined;
  });
  const rows = free.flatMap(({ presence }) => presence ?? []);
  const results = await deps.store.commit(rows, deps.json);
  let at = 0;
  for (const card of free) settle(card, card.presence === undefined ? 'written' : (results[at++] ?? 'overtaken'));
  for (const cardKey of await emptyRows(plan.emptied, done, again, deps)) again.add(cardKey);
  return again.size === 0 ? [] : swipes.filter(({ cardKey }) => again.has(cardKey));
}

/**
 * Takes people out of the rows of their other cards, once the rows that hold their places are written. If the function
 * dies before this, the retried batch does it.
 * @returns keys of the cards to plan again, because swipes of the other cards came first
 */
async function emptyRows(
  emptied: readonly EmptiedRow[],
  done: ReadonlyMap<string, CardPlan>,
  again: ReadonlySet<string>,
  { store, json }: WaveDeps,
): Promise<string[]> {
  const due = emptied.filter(({ after }) => after.every((cardKey) => done.has(cardKey) && !again.has(cardKey)));
  if (due.length === 0) return [];
  const results = await store.commit(
    due.map(({ presence }) => presence),
    json,
  );
  return due.flatMap(({ after }, i) => (results[i] === 'written' ? [] : after));
}

/** @returns the zones that could not be written, each with its result */
async function commitZones(
  states: readonly ZoneState[],
  { zones, logger }: DecideDeps,
): Promise<Map<string, WriteResult>> {
  const held = new Map<string, WriteResult>();
  if (states.length === 0) return held;
  const results = await zones.commit(states);
  for (const [i, { zoneKey }] of states.entries()) {
    const result = results[i] ?? 'overtaken';
    if (result === 'written') continue;
    held.set(zoneKey, result);
    if (result !== 'overtaken') logger.error({ zoneKey, result }, 'could not write zone');
  }
  return held;
}

/** Returns why a card's zones block its commit, if they do. An error takes precedence over `overtaken`. */
function zoneResultOf({ zoneKeys }: CardPlan, held: ReadonlyMap<string, WriteResult>): WriteResult | undefined {
  if (held.size === 0) return undefined;
  const results = Array.from(zoneKeys).flatMap((zoneKey) => held.get(zoneKey) ?? []);
  return results.find((result) => result !== 'overtaken') ?? results[0];
}

async function writeDoorEvents(
  { doorEvents }: BatchRecords,
  { store, clock, lasting, logger }: DecideDeps,
): Promise<string[]> {
  if (doorEvents.length === 0) return [];
  try {
    const entries = doorEvents.map(({ event }) => doorEventEntry(event, clock));
    const clocks = lasting.clocks([], entries);
    await store.writeDoorEvents([...entries, ...clocks]);
    lasting.wrote(clocks);
    return [];
  } catch (error) {
    logger.error({ err: error }, 'could not write door events; they will be retried');
    return sequencesOf(doorEvents);
  }
}

/** Best effort: failing to record a reader's contact must not keep a door closed. */
async function noteContacts(
  { swipes, doorEvents }: BatchRecords,
  { contacts, now, logger }: DecideDeps,
): Promise<void> {
  const readers = readersByTenant([...swipes.map(({ swipe }) => swipe), ...doorEvents.map(({ event }) => event)]);
  await contacts.heard(readers, now()).catch((error: unknown) => {
    logger.warn({ err: error }, 'could not record when readers were last heard from');
  });
}

/** Best effort, as {@link noteContacts}: devices call again. */
async function noteDevices({ deviceRecords }: BatchRecords, { devices, logger }: DecideDeps): Promise<void> {
  if (deviceRecords.length === 0) return;
  try {
    await Promise.all([
      devices.seen(deviceRecords.filter((record) => record.kind === 'device-contact')),
      devices.refused(deviceRecords.filter((record) => record.kind === 'refused-device')),
    ]);
  } catch (error) {
    logger.warn({ err: error }, 'could not record contacts of devices');
  }
}

/** Best effort, as {@link noteContacts}: somebody who wants to link the card can show it again. */
async function noteUnknownCards(cards: readonly UnknownCardSeen[], { contacts, logger }: DecideDeps): Promise<void> {
  await contacts.refused(cards).catch((error: unknown) => {
    logger.warn({ err: error }, 'could not record unknown cards');
  });
}

function sequencesOf(records: readonly { kinesisSequence: string }[]): string[] {
  return records.map(({ kinesisSequence }) => kinesisSequence);
}
