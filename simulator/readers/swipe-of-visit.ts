import type { Swipe } from '@swipegate/contract';
import { STRANGER_PREFIX } from '../people/population.js';
import type { Visit } from '../people/who-comes.js';
import type { VirtualReader } from './virtual-reader.js';

/** What a reader makes of a card that is shown to it, by its own clock. */
export function swipeOfVisit(visit: Visit, { reader, skewMs, isOffline }: VirtualReader, swipeId: string): Swipe {
  return {
    swipeId,
    readerId: reader.readerId,
    cardId: visit.person.cardId,
    readAt: new Date(Date.now() + skewMs).toISOString(),
    ...(reader.direction === 'both' ? { direction: visit.direction } : {}),
    ...(visit.duress ? { duress: true } : {}),
    ...(isOffline ? { offlineOutcome: decidedAlone(visit) } : {}),
  };
}

/** A reader that is by itself knows the cards that were issued, and not what they may. */
function decidedAlone({ person, direction }: Visit): 'granted' | 'denied' {
  return direction === 'out' || !person.cardId.startsWith(STRANGER_PREFIX) ? 'granted' : 'denied';
}
