import { appendFile } from 'node:fs/promises';
import type { Ledger } from './ledger.js';

/** Appends all accepted swipes to a file as NDJSON, for `replay`. Appends whole pages, so that several parts can share it. */
export async function recordSwipes(ledger: Ledger, file: string): Promise<void> {
  for await (const page of ledger.pages()) {
    await appendFile(file, page.map(({ swipe }) => `${JSON.stringify(swipe)}\n`).join(''));
  }
}
