import { type Card, type Decision, tenantKey } from '@swipegate/contract';
import { cardsOf, type EmployeeRow } from '../../stores/employee-row.js';
import type { Presence } from '../../stores/presence.js';
import type { ZoneState } from '../../stores/zone-state.js';
import { cardKeyOf, employeeKeyOf } from '../records/keys.js';
import { type ByCard, byCard, type StreamSwipe } from '../records/records.js';
import { CardDraft, type CardPlan, type PlanOptions } from './card-draft.js';
import { type BatchFacts, hostKeyOf } from './facts.js';
import { Person } from './person.js';
import { ZoneLedger } from './zone-ledger.js';

interface BatchPlan {
  cards: CardPlan[];
  /** Zone rows to write before the cards that name them. */
  zones: ZoneState[];
  /** Rows of other cards to write after the cards: these people are elsewhere now. */
  emptied: EmptiedRow[];
}

export interface EmptiedRow {
  presence: Presence;
  /** Keys of the person's cards in the batch, which must be written first. */
  after: readonly string[];
}

/**
 * Decides swipes in stream order across cards, because the rules of a zone look at other cards. Pure. A swipe that
 * already has a decision keeps it. Only a new decision moves the holder, and only forward in the stream.
 * @param swipes at most `OUTBOX_MAX` of each card
 */
export function planBatch(
  swipes: readonly StreamSwipe[],
  facts: BatchFacts,
  options: PlanOptions,
  cards: ByCard = byCard(swipes),
): BatchPlan {
  const { nowMs } = options;
  const zones = new Map(Array.from(facts.zones, ([zoneKey, state]) => [zoneKey, new ZoneLedger(state, nowMs)]));
  const people = peopleOf(cards, facts);
  const drafts = draftsOf(cards, facts, people);
  for (const [zoneKey, zone] of zones) {
    for (const draft of drafts.values()) {
      const { cardKey, presence } = draft.facts;
      const cardId = sameTenant(zoneKey, cardKey);
      // While the holder's place is unknown, only the zone's own row can say whether they are inside.
      if (cardId === undefined || presence?.lostAt !== undefined) continue;
      if (zone.reconcile(cardId, presence)) draft.waitsFor(zoneKey);
    }
  }
  const context = { ...options, decidedAt: new Date(nowMs).toISOString(), zones };
  for (const swipe of swipes) {
    const draft = drafts.get(swipe.cardKey);
    const site = facts.sites.get(swipe.swipe.tenantId);
    if (draft === undefined || site === undefined) continue;
    if (!draft.keeps(swipe)) draft.decide(swipe, site, context);
  }
  const hasUnusedPlace = (row: Presence) => isPlaceUnused(row, zones);
  return {
    cards: Array.from(drafts.values(), (draft) => draft.plan(nowMs, hasUnusedPlace)),
    zones: Array.from(zones.values()).flatMap((zone) => zone.next() ?? []),
    emptied: people.size === 0 ? [] : emptiedRows(drafts),
  };
}

/** Shared default: hardly any swipe comes twice. */
const NONE: ReadonlyMap<string, Decision> = new Map();

/** Returns the people with several cards, under the key of each card whose row may hold their place. */
function peopleOf(cards: ByCard, facts: BatchFacts): Map<string, Person> {
  const people = new Map<string, Person>();
  for (const [cardKey, swipes] of cards) {
    if (people.has(cardKey)) continue;
    const employee = holderOf(facts.cards.get(cardKey), swipes, facts);
    if (employee === undefined) continue;
    const cardIds = cardsOf(employee);
    if (cardIds.length > 1) addPerson(people, employee, { cardKey, cardIds, facts });
  }
  return people;
}

function holderOf(
  card: Card | undefined,
  swipes: readonly StreamSwipe[],
  { employees }: BatchFacts,
): EmployeeRow | undefined {
  const employeeKey = card && employeeKeyOf(card, swipes);
  return employeeKey === undefined ? undefined : employees.get(employeeKey);
}

function addPerson(
  people: Map<string, Person>,
  { employeeId, cardIds: linked = [] }: EmployeeRow,
  { cardKey, cardIds, facts }: { cardKey: string; cardIds: readonly string[]; facts: BatchFacts },
): void {
  const tenantId = cardKey.slice(0, cardKey.indexOf('/'));
  const rows: Presence[] = [];
  const keys: string[] = [cardKey];
  for (const cardId of cardIds) {
    const key = tenantKey(tenantId, cardId);
    const row = facts.presence.get(key) ?? facts.otherPresence.get(key);
    const isLinked = linked.includes(cardId);
    // A former card may be another person's now. A healed row may have lost its person.
    const isTheirs = row?.employeeId === employeeId || (isLinked && row?.employeeId === undefined);
    if (isTheirs && row !== undefined) rows.push(row);
    if (isTheirs || isLinked) keys.push(key);
  }
  const person = new Person(rows);
  for (const key of keys) people.set(key, person);
}

function emptiedRows(drafts: ReadonlyMap<string, CardDraft>): EmptiedRow[] {
  const cardsOfPerson = new Map<Person, string[]>();
  for (const [cardKey, { facts }] of drafts) {
    if (facts.person === undefined) continue;
    cardsOfPerson.set(facts.person, [...(cardsOfPerson.get(facts.person) ?? []), cardKey]);
  }
  const written = { has: (cardKey: string) => drafts.get(cardKey)?.hasNews === true };
  return Array.from(cardsOfPerson).flatMap(([person, after]) =>
    person.emptied(written).map((presence) => ({ presence, after })),
  );
}

function draftsOf(cards: ByCard, facts: BatchFacts, people: ReadonlyMap<string, Person>): Map<string, CardDraft> {
  const decided = new Map<string, Map<string, Decision>>();
  for (const decision of facts.decisions.values()) {
    const cardKey = cardKeyOf(decision);
    const ofCard = decided.get(cardKey) ?? new Map<string, Decision>();
    decided.set(cardKey, ofCard);
    ofCard.set(decision.swipeId, decision);
  }
  const drafts = new Map<string, CardDraft>();
  for (const [cardKey, swipes] of cards) {
    const card = facts.cards.get(cardKey);
    const employee = holderOf(card, swipes, facts);
    const presence = facts.presence.get(cardKey);
    const ofCard = decided.get(cardKey) ?? NONE;
    const person = people.get(cardKey);
    const hostEntries = hostEntriesOf(cardKey, employee, facts);
    drafts.set(
      cardKey,
      new CardDraft({ cardKey, swipes, card, employee, hostEntries, presence, person, decided: ofCard }),
    );
  }
  return drafts;
}

/** Returns the stored decisions on the cards of a visitor's host, if the visit needs an escort. */
function hostEntriesOf(
  cardKey: string,
  employee: EmployeeRow | undefined,
  { hostCards, presence, otherPresence }: BatchFacts,
): readonly Decision[] | undefined {
  if (employee?.visit === undefined) return undefined;
  const hostKey = hostKeyOf(cardKey, employee.visit);
  if (hostKey === undefined) return undefined;
  return hostCards.get(hostKey)?.flatMap((key) => (otherPresence.get(key) ?? presence.get(key))?.outbox ?? []);
}

/**
 * Returns the cards of visitors whose host's card is in the batch too. The host's decision must be stored before it lets
 * the visitor in: plan these cards after it.
 */
export function visitorsBehindHosts(cards: ByCard, facts: BatchFacts): ReadonlySet<string> {
  const behind = new Set<string>();
  if (facts.hostCards.size === 0) return behind;
  for (const [cardKey, swipes] of cards) {
    const hostKey = hostKeyOf(cardKey, holderOf(facts.cards.get(cardKey), swipes, facts)?.visit);
    if (hostKey !== undefined && facts.hostCards.get(hostKey)?.some((key) => cards.has(key))) behind.add(cardKey);
  }
  return behind;
}

/** Returns whether a zone reserves a place for a card that will not be inside once its row is written. */
function isPlaceUnused(row: Presence, zones: ReadonlyMap<string, ZoneLedger>): boolean {
  return Array.from(zones).some(([zoneKey, zone]) => {
    const cardId = sameTenant(zoneKey, row.cardKey);
    return cardId !== undefined && zone.holdsUnused(cardId, row);
  });
}

/** Returns the cardId if the card and the zone belong to the same tenant. */
function sameTenant(zoneKey: string, cardKey: string): string | undefined {
  const prefix = zoneKey.slice(0, zoneKey.indexOf('/') + 1);
  return cardKey.startsWith(prefix) ? cardKey.slice(prefix.length) : undefined;
}
