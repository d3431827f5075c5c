import type { Swipe } from '@swipegate/contract';
import { STRANGER_PREFIX } from '../people/population.js';
import type { Visit } from '../people/who-comes.js';
import type { VirtualReader } from './virtual-reader.js';

/** Builds the swipe of a card that is shown to a reader, timed by the reader's clock. */
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

/** Decision of an offline reader, which knows which cards were issued but not their rights. */
function decidedAlone({ person, direction }: Visit): 'granted' | 'denied' {
  return direction === 'out' || !person.cardId.startsWith(STRANGER_PREFIX) ? 'granted' : 'denied';
}
