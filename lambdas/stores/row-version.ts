import Type from 'typebox';

/** Largest version read. Half of the integers that a double holds, so that the writes after it stay among them. */
const MAX_VERSION = 2 ** 52;

/** Number of writes of a row. A write is refused if another one came between its read and its write. */
export const RowVersion = Type.Integer({ minimum: 1, maximum: MAX_VERSION });

/** Returns the version after the one found, or 1 if that one cannot be incremented. */
export function healedVersion(found: unknown): number {
  return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 && found < MAX_VERSION ? found + 1 : 1;
}
