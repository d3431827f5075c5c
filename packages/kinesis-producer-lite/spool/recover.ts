import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FoundEntry, readEntry } from './entry-format.js';
import { Segment, type SpoolFiles } from './segment.js';
import type { SpoolEntry } from './spool.js';

const NAME = /^(\d{12})\.segment$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(12, '0')}.segment`;
}

/** State left by an earlier run. */
export interface Recovered {
  segments: Segment[];
  /** Entries not marked as stored, oldest first. */
  entries: SpoolEntry[];
  nextSegment: number;
  nextId: number;
  /** Bytes after the last whole entry of a file: an append that was cut off. Its records were never acknowledged. */
  tornBytes: number;
}

/** Reads every segment of a directory up to its first incomplete entry. Removes files without a live entry. */
export async function recover(directory: string, files: SpoolFiles): Promise<Recovered> {
  const recovered: Recovered = { segments: [], entries: [], nextSegment: 1, nextId: 1, tornBytes: 0 };
  const found = new Map<number, SpoolEntry>();
  const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
  for (const name of names) {
    const path = join(directory, name);
    const bytes = await readFile(path);
    let at = 0;
    const whole: FoundEntry[] = [];
    for (let entry = readEntry(bytes, at); entry !== undefined; entry = readEntry(bytes, at)) {
      whole.push(entry);
      at = entry.offset + entry.length;
    }
    const segment = new Segment(path, files, { length: at });
    for (const { kind, id, start, end, offset, length } of whole) {
      recovered.nextId = Math.max(recovered.nextId, id + 1);
      if (kind === 'records') found.set(id, { id, start, end, segment, offset, length, parts: 1 });
      else found.delete(id);
    }
    recovered.segments.push(segment);
    recovered.nextSegment = Number(NAME.exec(name)?.[1]) + 1;
    recovered.tornBytes += bytes.length - at;
  }
  recovered.entries = Array.from(found.values()).sort((a, b) => a.id - b.id);
  for (const { segment } of recovered.entries) segment.live += 1;
  for (const segment of recovered.segments) if (segment.live === 0) await segment.remove();
  recovered.segments = recovered.segments.filter(({ live }) => live > 0);
  return recovered;
}
