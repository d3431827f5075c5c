/** Idempotency-Key of a form: stays the same while the same content is sent again, and changes with the content. */
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
