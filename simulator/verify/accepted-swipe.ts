import { AccessEvent, compile, Direction, Outcome, type Swipe } from '@swipegate/contract';
import Type from 'typebox';
import type { Expectation } from './oracle.js';

/** The decision that reached a reader. */
export interface Delivered {
  fingerprint: number;
  reason: string;
}

/** A swipe accepted with a 2xx, with the expected decision and the one that reached its reader. */
export interface AcceptedSwipe {
  swipe: Swipe;
  expected: Expectation;
  /** Undefined when no decision reached its reader. */
  delivered: Delivered | undefined;
}

const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** Format on disk: a tuple, because member names would take most of the space. */
const Line = Type.Tuple([
  Type.String(),
  Type.String(),
  Type.String(),
  Type.String(),
  orNull(Direction),
  orNull(Type.Boolean()),
  orNull(Type.Enum(['granted', 'denied'])),
  Outcome,
  AccessEvent,
  Direction,
  orNull(Type.Number()),
  orNull(Type.String()),
]);
type Line = Type.Static<typeof Line>;
const isLine = compile(Line);

export function encodeAccepted({ swipe, expected, delivered }: AcceptedSwipe): string {
  const line: Line = [
    swipe.swipeId,
    swipe.cardId,
    swipe.readerId,
    swipe.readAt,
    swipe.direction ?? null,
    swipe.duress ?? null,
    swipe.offlineOutcome ?? null,
    expected.outcome,
    expected.reason,
    expected.direction,
    delivered?.fingerprint ?? null,
    delivered?.reason ?? null,
  ];
  return JSON.stringify(line);
}

/** @throws {Error} when the line is not what {@link encodeAccepted} writes */
export function decodeAccepted(text: string): AcceptedSwipe {
  const line: unknown = JSON.parse(text);
  if (!isLine(line)) throw new Error(`not an accepted swipe: ${text.slice(0, 100)}`);
  const [
    swipeId,
    cardId,
    readerId,
    readAt,
    wanted,
    duress,
    offlineOutcome,
    outcome,
    reason,
    direction,
    mark,
    delivered,
  ] = line;
  return {
    swipe: {
      swipeId,
      cardId,
      readerId,
      readAt,
      ...(wanted === null ? {} : { direction: wanted }),
      ...(duress === null ? {} : { duress }),
      ...(offlineOutcome === null ? {} : { offlineOutcome }),
    },
    expected: { outcome, reason, direction },
    delivered: mark === null || delivered === null ? undefined : { fingerprint: mark, reason: delivered },
  };
}
