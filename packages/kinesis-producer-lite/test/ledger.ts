import type { Test } from 'tap';
import { ProducerError } from '../api/errors.js';
import type { KinesisProducer } from '../producer.js';
import type { Stored } from './emulator.js';

/** Puts numbered records and remembers the acknowledged ones, to compare them with the stream. */
export class Ledger {
  readonly acknowledged = new Map<string, string[]>();
  readonly failed: unknown[] = [];
  #next = 0;
  readonly #waiting: Promise<void>[] = [];

  /** Puts the next record of a key. When the buffer is full, retries until there is room. */
  async put(producer: KinesisProducer, key: string, bytes = 100): Promise<void> {
    const text = `${this.#next++}:`.padEnd(bytes, '.');
    for (;;) {
      try {
        const stored = producer.put(key, text);
        this.#waiting.push(this.#settle(stored, key, text));
        return;
      } catch (error) {
        if (!(error instanceof ProducerError) || error.code !== 'BUFFER_FULL') throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  async #settle(stored: Promise<unknown>, key: string, text: string): Promise<void> {
    try {
      await stored;
      const texts = this.acknowledged.get(key);
      if (texts) texts.push(text);
      else this.acknowledged.set(key, [text]);
    } catch (error) {
      this.failed.push(error);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  /**
   * Checks that the stream has each key's acknowledged records in put order. A record may occur twice (at least once);
   * then its first occurrence counts.
   */
  check(t: Test, stored: readonly Stored[], options: { duplicates: boolean }): void {
    const firstSeen = new Map<string, string[]>();
    const seen = new Set<string>();
    for (const { partitionKey, text } of stored) {
      if (seen.has(text)) continue;
      seen.add(text);
      const texts = firstSeen.get(partitionKey);
      if (texts) texts.push(text);
      else firstSeen.set(partitionKey, [text]);
    }
    let lost = 0;
    let disordered = 0;
    for (const [key, texts] of this.acknowledged) {
      const expected = texts.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
      const known = new Set(expected);
      const found = (firstSeen.get(key) ?? []).filter((text) => known.has(text));
      lost += expected.length - found.length;
      if (found.some((text, i) => text !== expected[i])) disordered += 1;
    }
    t.equal(lost, 0, 'nothing acknowledged is lost');
    t.equal(disordered, 0, 'every key is in order');
    if (!options.duplicates) t.equal(stored.length, seen.size, 'nothing is stored twice');
  }
}
