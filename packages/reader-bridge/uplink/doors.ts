import type { Direction } from '@swipegate/contract';

/** The readers of a door: one for both directions, or one for each. */
export interface DoorReaders {
  in?: string;
  out?: string;
}

/** Returns the reader of a door and a direction. A door with one reader has that one for both directions. */
export function readerOf(door: DoorReaders | undefined, direction: Direction): string | undefined {
  return direction === 'out' ? (door?.out ?? door?.in) : (door?.in ?? door?.out);
}

/** Readers of some doors, each once. */
export function readersOf(doors: readonly DoorReaders[]): string[] {
  return Array.from(new Set(doors.flatMap((door) => [door.in, door.out].flatMap((id) => id ?? []))));
}
