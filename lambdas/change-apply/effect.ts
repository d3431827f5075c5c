import { CardId, EmployeeId, Place, type TableName } from '@swipegate/contract';
import Type from 'typebox';

/** Tables that changes write rows of. */
const WRITTEN = ['apiKeys', 'site', 'cards', 'employees'] as const satisfies readonly TableName[];
export type WrittenTable = (typeof WRITTEN)[number];

/**
 * A row as it shall be. One without values is a tombstone: whoever reads the table finds nothing of use in it, and a write of
 * an event before it cannot bring back what it took away.
 */
const Put = Type.Object({
  kind: Type.Literal('put'),
  table: Type.Enum([...WRITTEN]),
  key: Type.Record(Type.String(), Type.String()),
  values: Type.Record(Type.String(), Type.Unknown()),
});
export type Put = Type.Static<typeof Put>;

/** Where the holder of a card is from now on; without `inside` outdoors, which makes no row where there is none. */
const Move = Type.Object({
  kind: Type.Literal('move'),
  cardId: CardId,
  employeeId: Type.Optional(EmployeeId),
  inside: Type.Optional(Place),
  movedAt: Type.String(),
});
export type Move = Type.Static<typeof Move>;

/** What an applied change does to the tables. It is written down before it is done, and so done the same when done again. */
export const Effect = Type.Union([Put, Move]);
export type Effect = Type.Static<typeof Effect>;
