/** Table class and capacity of the tables that each swipe reads and writes; `npm run cost` reads the same figures. */

/** The tables that may have provisioned capacity. A swipe reads a row of each and writes one, and one per index. */
export const BUSY_TABLES = { decisions: { indexes: 3 }, presence: { indexes: 1 } } as const;

/**
 * Days from which the decisions cost less in the class Standard-IA: storage for 60 % less, units for a quarter more.
 * Both classes are equally fast and durable.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.TableClasses.html
 */
export const INFREQUENT_ACCESS_DAYS = 60;

/** Share of the capacity that auto scaling keeps in use, in percent. */
export const HELD_PERCENT = 70;

/** Read units of an index: a muster list of 5,000 people takes about a hundred. */
export const INDEX_READ_UNITS = 200;

/** Default quota: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const TABLE_QUOTA = 40_000;
/** Auto scaling may follow a peak up to this multiple. */
const PEAK = 10;

/**
 * Capacity units of a table, and of each of its indexes, for swipes that arrive at a steady rate.
 * @param indexes of the table; the quota is for the table and its indexes together
 */
export function heldUnits(swipesPerSecond: number, indexes: number): { least: number; most: number } {
  const least = Math.ceil((swipesPerSecond * 100) / HELD_PERCENT);
  return { least, most: Math.max(least, Math.min(Math.floor(TABLE_QUOTA / (1 + indexes)), least * PEAK)) };
}
