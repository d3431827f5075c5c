import { readFile } from 'node:fs/promises';
import { CardId, compile, Direction, explain, ReaderId, Timestamp } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';

const TraceLine = Type.Object({
  readAt: Timestamp,
  readerId: ReaderId,
  cardId: CardId,
  direction: Type.Optional(Direction),
  duress: Type.Optional(Type.Boolean()),
});

export interface TracedSwipe {
  /** ms from the first swipe of the trace, at replay speed. */
  atMs: number;
  readerId: string;
  cardId: string;
  direction: Direction | undefined;
  duress: boolean;
}

class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code = 'TRACE_UNREADABLE';
}

const isTraceLine = compile(TraceLine);
const NEEDED = ['readAt', 'readerId', 'cardId'] as const;

/**
 * Reads a trace: one JSON object per line, or CSV with a header (RFC 4180 without quotes: identifiers and times need none).
 * @param speed how many times as fast to play it
 * @returns its swipes in time order
 * @throws {TraceError} TRACE_UNREADABLE, with the file and the line
 */
export async function readTrace(file: string, speed: number): Promise<TracedSwipe[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new TraceError(`${file} cannot be read (${messageOf(error)}).`);
  });
  const lines = text.split(/\r?\n/);
  const first = lines.find((line) => line.trim() !== '');
  if (first === undefined) throw new TraceError(`${file} is empty: a trace has one swipe per line.`);
  const read = first.trimStart().startsWith('{') ? readJson : csvReader(file, first);
  const header = read === readJson ? undefined : first;
  const swipes: { atMs: number; line: Type.Static<typeof TraceLine> }[] = [];
  for (const [i, text] of lines.entries()) {
    if (text.trim() === '' || text === header) continue;
    const value = read(text);
    if (!isTraceLine(value)) {
      const { field, reason } = explain(isTraceLine.errors);
      throw new TraceError(`${file}, line ${i + 1} is not a swipe: ${field} ${reason}.`);
    }
    swipes.push({ atMs: Date.parse(value.readAt), line: value });
  }
  const startMs = swipes.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
  return swipes
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, line: { readerId, cardId, direction, duress = false } }) => {
      return { atMs: (atMs - startMs) / speed, readerId, cardId, direction, duress };
    });
}

/** Selects the swipes of one load worker. All swipes of a card go to the same worker, so that they keep their order. */
export function shareOfTrace(trace: readonly TracedSwipe[], { index, of }: { index: number; of: number }) {
  const owners = new Map<string, number>();
  return trace.filter(({ cardId }) => {
    const owner = owners.get(cardId) ?? owners.size % of;
    owners.set(cardId, owner);
    return owner === index;
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function csvReader(file: string, header: string): (text: string) => unknown {
  const names = header.split(',').map((name) => name.trim());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new TraceError(
      `${file} must start with a JSON object, or with a CSV header that has ${NEEDED.join(', ')}: ${missing.join(', ')} is missing.`,
    );
  }
  return (text) => {
    const cells = text.split(',');
    const members = names
      .map((name, i): [string, string] => [name, cells[i]?.trim() ?? ''])
      .filter(([, cell]) => cell !== '');
    return Object.fromEntries(members.map(([name, cell]) => [name, name === 'duress' ? cell === 'true' : cell]));
  };
}
