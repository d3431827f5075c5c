import type { ReaderResult, Second } from './run-result.js';

/** Adds seconds by number. Percentiles become the worst of the parts, which is never below that of all swipes. */
export function mergeSeconds(parts: readonly (readonly Second[])[]): Second[] {
  const merged = new Map<number, Second>();
  for (const second of parts.flat()) {
    const so = merged.get(second.atSecond);
    merged.set(second.atSecond, so === undefined ? { ...second } : addSeconds(so, second));
  }
  return Array.from(merged.values()).sort((a, b) => a.atSecond - b.atSecond);
}

function addSeconds(a: Second, b: Second): Second {
  return {
    atSecond: a.atSecond,
    due: a.due + b.due,
    sent: a.sent + b.sent,
    accepted: a.accepted + b.accepted,
    decided: a.decided + b.decided,
    errors: a.errors + b.errors,
    inFlight: a.inFlight + b.inFlight,
    ackP50: worse(a.ackP50, b.ackP50),
    ackP99: worse(a.ackP99, b.ackP99),
    decisionP50: worse(a.decisionP50, b.decisionP50),
    decisionP99: worse(a.decisionP99, b.decisionP99),
  };
}

/** Adds readers by id. A reader normally belongs to one shard; if two shards drove it, its counts add up. */
export function mergeReaders(parts: readonly (readonly ReaderResult[])[]): ReaderResult[] {
  const merged = new Map<string, ReaderResult>();
  for (const reader of parts.flat()) {
    const so = merged.get(reader.readerId);
    merged.set(reader.readerId, so === undefined ? { ...reader } : addReaders(so, reader));
  }
  return Array.from(merged.values()).sort((a, b) => (a.readerId < b.readerId ? -1 : 1));
}

function addReaders(a: ReaderResult, b: ReaderResult): ReaderResult {
  return {
    readerId: a.readerId,
    swipes: a.swipes + b.swipes,
    denied: a.denied + b.denied,
    errors: a.errors + b.errors,
    ackP99: worse(a.ackP99, b.ackP99),
  };
}

function worse(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
