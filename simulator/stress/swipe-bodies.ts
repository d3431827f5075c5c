import { SwipeIds } from '../verify/swipe-ids.js';

/** Valid bodies of POST /v1/swipes, none of which says a swipeId that another has said. */
export class SwipeBodies {
  readonly #cardIds: readonly string[];
  readonly #ids = new SwipeIds();

  constructor(cardIds: readonly string[]) {
    this.#cardIds = cardIds;
  }

  /** @param swipes 1 is an object, more are an array */
  next(readerId: string, swipes: number): string {
    const readAt = new Date().toISOString();
    if (swipes === 1) return this.#swipe(readerId, readAt);
    let body = '[';
    for (let i = 0; i < swipes; i++) body += (i === 0 ? '' : ',') + this.#swipe(readerId, readAt);
    return `${body}]`;
  }

  /** Identifiers need no escapes. */
  #swipe(readerId: string, readAt: string): string {
    const cardId = this.#cardIds[this.#ids.made % this.#cardIds.length] ?? 'nobody';
    return `{"swipeId":"${this.#ids.next()}","readerId":"${readerId}","cardId":"${cardId}","readAt":"${readAt}"}`;
  }
}
