/** A place in the notebook: a zone, and the card with which the person came there. */
interface Entry {
  zoneId: string;
  cardId: string;
}

/**
 * Model of the people inside: a guard's notebook with a line for each person, and for each card without a person. Knows
 * the people's cards and the swipes that opened a door, and uses no code of the functions.
 */
export class Notebook {
  readonly #people = new Map<string, Entry>();
  readonly #strangers = new Map<string, string>();
  readonly #holders = new Map<string, string>();

  link(cardId: string, person: string, zoneId: string | undefined): void {
    this.#holders.set(cardId, person);
    this.#strangers.delete(cardId);
    // A former holder who is still inside with the card goes on without it.
    for (const [other, entry] of this.#people) {
      if (other !== person && entry.cardId === cardId) this.#people.set(other, { ...entry, cardId: '' });
    }
    const entry = this.#people.get(person);
    if (zoneId !== undefined) this.#people.set(person, { zoneId, cardId });
    else if (entry !== undefined) this.#people.set(person, { ...entry, cardId });
  }

  unlink(cardId: string): void {
    this.#holders.delete(cardId);
  }

  erase(person: string): void {
    this.#people.delete(person);
    for (const [cardId, holder] of this.#holders) if (holder === person) this.#holders.delete(cardId);
  }

  markPerson(person: string): void {
    this.#people.delete(person);
  }

  /** Returns whether anyone is inside with the card. */
  markCard(cardId: string): boolean {
    const person = this.#personWith(cardId);
    if (person !== undefined) return this.#people.delete(person);
    return this.#strangers.delete(cardId);
  }

  /** A door opened for the card. @param zoneId the zone behind it; undefined is outdoors */
  moved(cardId: string, zoneId: string | undefined): void {
    const person = this.#holders.get(cardId) ?? this.#personWith(cardId);
    if (person === undefined) {
      if (zoneId === undefined) this.#strangers.delete(cardId);
      else this.#strangers.set(cardId, zoneId);
    } else if (zoneId === undefined) this.#people.delete(person);
    else this.#people.set(person, { zoneId, cardId });
  }

  zoneOf(person: string): string | undefined {
    return this.#people.get(person)?.zoneId;
  }

  holderOf(cardId: string): string | undefined {
    return this.#holders.get(cardId);
  }

  /** Everyone inside: `person zone`, or `?card zone`. */
  lines(): string[] {
    return [
      ...Array.from(this.#people, ([person, { zoneId }]) => `${person} ${zoneId}`),
      ...Array.from(this.#strangers, ([cardId, zoneId]) => `?${cardId} ${zoneId}`),
    ].sort();
  }

  #personWith(cardId: string): string | undefined {
    for (const [person, entry] of this.#people) if (entry.cardId === cardId) return person;
    return undefined;
  }
}
