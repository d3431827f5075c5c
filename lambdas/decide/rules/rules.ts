import {
  type AccessEvent,
  type Card,
  type Direction,
  type Employee,
  instantMs,
  type Outcome,
  type Place,
  type Reader,
  type SwipeRecord,
} from '@swipegate/contract';
import type { History } from '../../stores/presence/history.js';
import type { SiteIndex } from '../../stores/site/site-index.js';
import { accessRightDenial } from './access-right-rules.js';
import { credentialDenial } from './credential-rules.js';
import { passback } from './passback-rule.js';
import { looksAtOthers, type ZoneAnswer, type ZoneFacts, zoneAnswer } from './zone-rules.js';

/** All that a decision hangs on. What is not there is undefined, and denies. */
export interface Facts {
  swipe: SwipeRecord;
  history: History | undefined;
  site: SiteIndex;
  card: Card | undefined;
  employee: Employee | undefined;
  /** Where the card's holder is; undefined is outdoors. */
  inside: Place | undefined;
  /** RFC 3339: an operator has forgiven every entry up to then. */
  forgivenAt: string | undefined;
  /** The zone behind the reader, where its rules look at who else is there. */
  zone: ZoneFacts | undefined;
  maxClockSkewMs: number;
}

export interface Verdict {
  outcome: Outcome;
  reason: AccessEvent;
  direction: Direction;
  timeBasis: 'readAt' | 'receivedAt';
  /** The instant the rules went by, ms since the epoch. */
  atMs: number;
  /** What the rules that look at who else is there said, if it came to them. */
  zoneAnswer?: ZoneAnswer;
}

/**
 * Grant or deny: first rule that has something to say; docs/access-rules.md says the same in words. Pure. Only 'out' at a
 * known reader, a reader in free mode, and the end of the list grant; whatever is missing denies (invariant 5). History is
 * neither granted nor denied: it is recorded, with what the rules say of it.
 */
export function decide(facts: Facts): Verdict {
  const { swipe, history } = facts;
  const reader = facts.site.readers.get(swipe.readerId);
  const direction = directionOf(reader, swipe);
  const readAtMs = instantMs(swipe.readAt);
  const receivedAtMs = instantMs(swipe.receivedAt);
  // The reader's clock, unless it is too far from ours: a stopped clock must not open yesterday's schedule. What a reader did
  // offline opens nothing, and nobody but the reader knows when it was.
  const isByReader = swipe.offlineOutcome !== undefined || Math.abs(readAtMs - receivedAtMs) <= facts.maxClockSkewMs;
  const atMs = isByReader ? readAtMs : receivedAtMs;
  const { said, answer } = reader === undefined ? UNKNOWN_READER : ask(reader, direction, facts, atMs);
  const granted = said === 'granted' || said === 'passback-detected';
  const verdict: Verdict = {
    outcome: history !== undefined ? 'recorded' : granted ? 'granted' : 'denied',
    reason: granted && swipe.duress === true ? 'duress' : said,
    direction,
    timeBasis: isByReader ? 'readAt' : 'receivedAt',
    atMs,
  };
  if (answer !== undefined) verdict.zoneAnswer = answer;
  return verdict;
}

interface Said {
  said: AccessEvent;
  answer?: ZoneAnswer;
}

const UNKNOWN_READER: Said = { said: 'denied-point-no-access-rights' };

function ask(reader: Reader, direction: Direction, facts: Facts, atMs: number): Said {
  const { card, employee, site } = facts;
  if (direction === 'out') return { said: 'granted' };
  if (reader.mode === 'locked-down') return { said: 'denied-lockout' };
  if (reader.mode === 'free') return { said: 'granted' };
  if (card === undefined) return { said: 'denied-unknown-credential' };
  const denial = credentialDenial(card, employee, atMs) ?? accessRightDenial(reader, site, employee, atMs);
  if (denial !== undefined) return { said: denial };
  const zone = site.zones.get(reader.zoneId);
  if (zone === undefined || employee === undefined) return { said: 'denied-zone-no-access-rights' };
  const { inside, forgivenAt } = facts;
  const isHistory = facts.history !== undefined;
  const timeZone = site.buildings.get(reader.buildingId)?.timeZone;
  const again = passback(zone, { inside, forgivenAt, timeZone, atMs, isHistory });
  if (again === 'denied-passback') return { said: again };
  const admitted: Said = { said: again ?? 'granted' };
  if (!looksAtOthers(zone)) return admitted;
  const { readerId } = reader;
  const answer = zoneAnswer(zone, facts.zone, { employeeId: employee.employeeId, readerId, atMs, isHistory });
  return { ...(answer === 'admitted' ? admitted : { said: answer }), answer };
}

/** A reader that serves one way knows the way better than the swipe does. */
function directionOf(reader: Reader | undefined, swipe: SwipeRecord): Direction {
  if (reader === undefined || reader.direction === 'both') return swipe.direction ?? 'in';
  return reader.direction;
}
