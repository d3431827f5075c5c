import Type from 'typebox';

/** The largest version after which there is another: JavaScript counts no further. */
const MAX_VERSION = Number.MAX_SAFE_INTEGER - 1;

/** Number of writes of a row. A write is refused if another one came between its read and its write. */
export const RowVersion = Type.Integer({ minimum: 1, maximum: MAX_VERSION });

/** Returns the version after the one found. It starts again if that cannot be counted on. */
export function healedVersion(found: unknown): number {
  return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 && found < MAX_VERSION ? found + 1 : 1;
}
