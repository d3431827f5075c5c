import type {
  AccessEvent,
  Card,
  Cardholder,
  Decision,
  Direction,
  Outcome,
  Place,
  Reader,
  SwipeRecord,
} from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site-cache.js';
import { accessRightDenial } from './access-right-rules.js';
import { type ClockLimits, ruledTime } from './clock.js';
import { credentialDenial } from './credential-rules.js';
import type { History } from './history.js';
import { locksOver, mayPass } from './lockdown-rule.js';
import { passback, passbackIn } from './passback-rule.js';
import { type Answer, isGrant, isSameAnswer, type Repeated, repeatedAnswer } from './repeats.js';
import { escortDenial, visitDenial } from './visit-rules.js';
import { looksAtOthers, type ZoneAnswer, type ZoneFacts, zoneAnswer } from './zone-rules.js';

/** Everything that a decision depends on. A missing row is undefined and denies. */
export interface Facts {
  swipe: SwipeRecord;
  history: History | undefined;
  site: SiteIndex;
  card: Card | undefined;
  employee: Cardholder | undefined;
  /** Latest decisions on the cards of a visitor's host, if the visit needs an escort. */
  hostEntries?: readonly Decision[] | undefined;
  /** Position of the card's holder; undefined means outdoors. */
  inside: Place | undefined;
  /** RFC 3339. An operator has forgiven every entry up to this instant. */
  forgivenAt: string | undefined;
  /** RFC 3339. The holder's place is unknown since then. */
  lostAt: string | undefined;
  /** The zone behind the reader, if its rules depend on who else is inside. */
  zone: ZoneFacts | undefined;
  clock: ClockLimits;
  /** Time of the decision, ms since the epoch. */
  nowMs: number;
  /** The card's last answer, which this swipe may repeat. */
  answer: Answer | undefined;
}

export interface Verdict {
  outcome: Outcome;
  reason: AccessEvent;
  direction: Direction;
  timeBasis: 'readAt' | 'receivedAt';
  /** Instant that the rules used, ms since the epoch. */
  atMs: number;
  /** The swipe whose answer this one repeats. A repeat moves no one. */
  repeatOf?: string;
  /** Answer of the occupancy limit and two-person rule, if they were reached. */
  zoneAnswer?: ZoneAnswer;
}

/**
 * Decides a swipe by the first rule that applies; docs/access-rules.md describes the rules. Pure. Only direction
 * 'out' at a known reader, a reader in free mode without a lockdown, and passing every rule grant; missing data denies.
 * History is neither granted nor denied: it is recorded with the reason that the rules give.
 */
export function decide(facts: Facts): Verdict {
  const { swipe, history } = facts;
  const reader = facts.site.readers.get(swipe.readerId);
  const direction = directionOf(reader, swipe);
  const { receivedAt, offlineOutcome } = swipe;
  const { timeBasis, atMs } = ruledTime(
    swipe.readAt,
    { receivedAt, isOffline: offlineOutcome !== undefined },
    facts.clock,
  );
  const repeated = repeatedAnswer(swipe, { history, direction, atMs }, facts.answer);
  const { reason, answer } =
    reader === undefined ? UNKNOWN_READER : applyRules(reader, { direction, atMs, repeated }, facts);
  const granted = isGrant(reason);
  const verdict: Verdict = {
    outcome: history !== undefined ? 'recorded' : granted ? 'granted' : 'denied',
    reason: granted && swipe.duress === true ? 'duress' : reason,
    direction,
    timeBasis,
    atMs,
  };
  if (answer !== undefined) verdict.zoneAnswer = answer;
  if (repeated !== undefined && isSameAnswer(reason, repeated.reason)) verdict.repeatOf = repeated.swipeId;
  return verdict;
}

/** Returns whether a swipe is the way out at a known reader, which is granted whatever else is known. */
export function isWayOut(swipe: SwipeRecord, { readers }: SiteIndex): boolean {
  const reader = readers.get(swipe.readerId);
  return reader !== undefined && directionOf(reader, swipe) === 'out';
}

interface RuleResult {
  reason: AccessEvent;
  answer?: ZoneAnswer;
}

const UNKNOWN_READER: RuleResult = { reason: 'denied-point-no-access-rights' };

interface Circumstances {
  direction: Direction;
  atMs: number;
  repeated: Repeated | undefined;
}

function applyRules(reader: Reader, { direction, atMs, repeated }: Circumstances, facts: Facts): RuleResult {
  const { card, employee, site } = facts;
  if (direction === 'out') return { reason: 'granted' };
  const locks = locksOver(reader, site, facts.history === undefined ? undefined : atMs);
  if (reader.mode === 'locked-down' || !mayPass(locks, employee)) return { reason: 'denied-lockout' };
  if (reader.mode === 'free' && locks.length === 0) return { reason: 'granted' };
  if (card === undefined) return { reason: 'denied-unknown-credential' };
  const visit = employee?.visit;
  const denial =
    credentialDenial(card, employee, atMs) ??
    (visit && visitDenial(visit, atMs)) ??
    accessRightDenial(reader, site, employee, atMs);
  if (denial !== undefined) return { reason: denial };
  if (hasGivenUp(facts)) return { reason: 'denied-verification-timeout' };
  const zone = site.zones.get(reader.zoneId);
  if (zone === undefined || employee === undefined) return { reason: 'denied-zone-no-access-rights' };
  const { inside, forgivenAt, lostAt } = facts;
  const isHistory = facts.history !== undefined;
  const timeZone = site.buildings.get(reader.buildingId)?.timeZone;
  // The entry made by the repeated answer is the same passage: it is no reason to deny, and already has its place.
  const passage = repeated?.hasMoved === true ? repeated.reason : undefined;
  const passbackEvent =
    passage === undefined
      ? passback(zone, { inside, forgivenAt, lostAt, timeZone, atMs, isHistory })
      : passbackIn(passage);
  if (passbackEvent === 'denied-passback') return { reason: passbackEvent };
  const alone =
    visit === undefined || (passage !== undefined && isGrant(passage))
      ? undefined
      : escortDenial(visit, facts.hostEntries, { readerId: reader.readerId, atMs, isHistory });
  if (alone !== undefined) return { reason: alone };
  const admitted: RuleResult = { reason: passbackEvent ?? 'granted' };
  if (!looksAtOthers(zone) || (passage !== undefined && isGrant(passage))) return admitted;
  const { readerId } = reader;
  const answer = zoneAnswer(zone, facts.zone, { employeeId: employee.employeeId, readerId, atMs, isHistory });
  return { ...(answer === 'admitted' ? admitted : { reason: answer }), answer };
}

/** Whether the reader has stopped waiting, and so keeps its door shut whatever the decision is. */
function hasGivenUp({ swipe: { answerBy }, history, nowMs }: Facts): boolean {
  return history === undefined && answerBy !== undefined && nowMs > answerBy;
}

/** A one-way reader overrides the direction in the swipe. */
function directionOf(reader: Reader | undefined, swipe: SwipeRecord): Direction {
  if (reader === undefined || reader.direction === 'both') return swipe.direction ?? 'in';
  return reader.direction;
}
