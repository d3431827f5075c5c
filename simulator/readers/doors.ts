import type { Direction, Site } from '@swipegate/contract';
import type { Turnstile } from './turnstile.js';

/** Queues that a person compares before joining the shortest. */
const LOOKS = 2;

/** Turnstiles by building and direction, among which people choose. */
export class Doors<Door extends Turnstile> {
  readonly #buildings: { weight: number; in: Door[]; out: Door[] }[];
  readonly #random: () => number;

  /** @param weights traffic of each building, in the site's order; missing ones get 1 */
  constructor(site: Site, readers: readonly Door[], weights: readonly number[], random: () => number) {
    this.#random = random;
    this.#buildings = site.buildings.map(({ buildingId }, i) => {
      const here = readers.filter(({ reader }) => reader.buildingId === buildingId);
      return {
        weight: weights[i] ?? 1,
        in: here.filter(({ reader }) => reader.direction !== 'out'),
        out: here.filter(({ reader }) => reader.direction !== 'in'),
      };
    });
  }

  /** Picks a building by weight, and there the door that is free first among {@link LOOKS} random ones. */
  choose(direction: Direction): Door | undefined {
    let weights = 0;
    for (const building of this.#buildings) if (building[direction].length > 0) weights += building.weight;
    let dice = this.#random() * weights;
    for (const building of this.#buildings) {
      const doors = building[direction];
      if (doors.length === 0) continue;
      dice -= building.weight;
      if (dice < 0) return this.#shortest(doors);
    }
    return undefined;
  }

  #shortest(doors: readonly Door[]): Door | undefined {
    let best: Door | undefined;
    for (let look = 0; look < LOOKS; look++) {
      const door = doors[Math.floor(this.#random() * doors.length)];
      if (door !== undefined && (best === undefined || door.freeMs < best.freeMs)) best = door;
    }
    return best;
  }
}
