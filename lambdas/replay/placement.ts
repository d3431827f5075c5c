import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { CardId, compile, EmployeeId, explain, Place, TenantId, Timestamp } from '../../gateway/contract/index.js';
import { OptionError } from '../command/local-cloud.js';

/**
 * Where the back office put a card's holder: right after the card's swipe of that place in the stream, such as when a card is
 * linked to somebody who is inside with another.
 */
export const Placement = Type.Object(
  {
    tenantId: TenantId,
    cardId: CardId,
    afterSequence: Type.String({ description: '`sequence` of a decision; empty: before all swipes of the card' }),
    place: Type.Optional(Type.Object(Place.properties, { description: 'Absent: outdoors' })),
    movedAt: Timestamp,
    employeeId: Type.Optional(EmployeeId),
  },
  { additionalProperties: false },
);

/** See the schema. Without `employeeId` the holder is who it was before. */
export type Placement = Omit<Type.Static<typeof Placement>, 'place'> & { place?: Place | undefined };

const isPlacement = compile(Placement);

/** Reads placements, a JSON document a line. @throws {OptionError} naming the line that is wrong */
export async function readPlacements(file: string): Promise<Placement[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OptionError(`--placements ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  });
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const value = parse(line);
    if (isPlacement(value)) return [value];
    const { field, reason } = value === undefined ? { field: '', reason: 'is no JSON' } : explain(isPlacement.errors);
    throw new OptionError(`--placements ${file}, line ${i + 1}: ${`${field} ${reason}`.trim()}`);
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
