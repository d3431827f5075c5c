/** The Idempotency-Key of what a form sends: the same while the same is sent again, and another once it is changed. */
export class IdempotencyKey {
  #content: string | undefined;
  #key = '';

  for(content: unknown): string {
    const text = JSON.stringify(content);
    if (text !== this.#content) {
      this.#content = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }
}
