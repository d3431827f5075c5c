import { CardId, EmployeeId, Place, type TableName } from '@swipegate/contract';
import Type from 'typebox';

/** Tables to which changes put rows. */
const WRITTEN = ['apiKeys', 'site', 'cards', 'employees'] as const satisfies readonly TableName[];
export type WrittenTable = (typeof WRITTEN)[number];

/**
 * A row to put. Without values it is a tombstone: readers of the table find nothing usable in it, and a late write of
 * an earlier event cannot bring the old values back.
 */
const Put = Type.Object({
  kind: Type.Literal('put'),
  table: Type.Enum([...WRITTEN]),
  key: Type.Record(Type.String(), Type.String()),
  values: Type.Record(Type.String(), Type.Unknown()),
});
export type Put = Type.Static<typeof Put>;

/** New place of a card's holder. Without `inside` the holder is outdoors, for which no row is created. */
const Move = Type.Object({
  kind: Type.Literal('move'),
  cardId: CardId,
  employeeId: Type.Optional(EmployeeId),
  inside: Type.Optional(Place),
  movedAt: Type.String(),
});
export type Move = Type.Static<typeof Move>;

/** One write of an applied change. Effects are stored before they are carried out, so a repeat does the same. */
export const Effect = Type.Union([Put, Move]);
export type Effect = Type.Static<typeof Effect>;
