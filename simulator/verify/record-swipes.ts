import { appendFile } from 'node:fs/promises';
import type { Ledger } from './ledger.js';

/** Adds every accepted swipe to a file, as JSON, a line each: what a replay reads. Whole pages, so that several may add to one. */
export async function recordSwipes(ledger: Ledger, file: string): Promise<void> {
  for await (const page of ledger.pages()) {
    await appendFile(file, page.map(({ swipe }) => `${JSON.stringify(swipe)}\n`).join(''));
  }
}
