import type { Reader, Site } from '@swipegate/contract';
import { type ReaderKey, TENANT } from './swipe-bodies.js';

/**
 * A site of one zone that everyone may leave: the minimum for the simulator to play the readers of a benchmark and
 * check their answers.
 */
export function simulatedSite(readers: readonly ReaderKey[], people: number): Site {
  return {
    tenantId: TENANT,
    buildings: [{ buildingId: 'hq', name: 'Headquarters', timeZone: 'UTC' }],
    zones: [{ zoneId: 'hq-offices', buildingId: 'hq', name: 'Offices', antiPassback: { mode: 'none' } }],
    schedules: [],
    accessLevels: [],
    employees: [],
    readers: readers.map(
      ({ readerId }): Reader => ({
        readerId,
        door: readerId,
        buildingId: 'hq',
        zoneId: 'hq-offices',
        direction: 'out',
        mode: 'normal',
      }),
    ),
    cards: Array.from({ length: people }, (_, i) => ({
      cardId: `card-${String(i).padStart(5, '0')}`,
      status: 'active',
    })),
  };
}

export function keysByReader(readers: readonly ReaderKey[]): Record<string, string> {
  return Object.fromEntries(readers.map(({ readerId, key }) => [readerId, key]));
}
