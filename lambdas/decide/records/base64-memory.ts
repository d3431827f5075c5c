const SMALLEST = 65_536;

/**
 * Decodes base64 into memory that is used again for the next batch: to get fresh memory from the system takes several times as
 * long as to decode.
 */
export class Base64Memory {
  #memory = Buffer.allocUnsafeSlow(SMALLEST);

  /** @returns the bytes of each text, as views that the next call overwrites */
  decode(texts: readonly string[]): Buffer[] {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0);
    if (bytes > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(2 * bytes);
    let at = 0;
    return texts.map((text) => {
      const begin = at;
      at += this.#memory.write(text, at, 'base64');
      return this.#memory.subarray(begin, at);
    });
  }
}
