import { readFile } from 'node:fs/promises';
import { CardId, compile, Direction, explain, jsonAttribute, ReaderId, Timestamp } from '@swipegate/contract';
import { columnNames, csvRows, isBlank } from '@swipegate/contract/values/csv-rows';
import { decodedText } from '@swipegate/contract/values/text-encoding';
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
 * Reads a trace: one JSON object per line, or CSV with a header, in the forms of {@link csvRows}.
 * @param speed how many times as fast to play it
 * @returns its swipes in time order
 * @throws {TraceError} TRACE_UNREADABLE, with the file and the line
 */
export async function readTrace(file: string, speed: number): Promise<TracedSwipe[]> {
  const text = await readFile(file)
    .then((bytes) => decodedText(bytes).text)
    .catch((error: unknown) => {
      throw new TraceError(`${file} cannot be read (${messageOf(error)}).`);
    });
  if (text.trim() === '') throw new TraceError(`${file} is empty: a trace has one swipe per line.`);
  const swipes: { atMs: number; line: Type.Static<typeof TraceLine> }[] = [];
  for (const { line, value } of text.trimStart().startsWith('{') ? jsonLines(text) : csvLines(file, text)) {
    if (!isTraceLine(value)) {
      const { field, reason } = explain(isTraceLine.errors);
      throw new TraceError(`${file}, line ${line} is not a swipe: ${`${field} ${reason}`.trim()}.`);
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

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

interface TextLine {
  line: number;
  value: unknown;
}

function* jsonLines(text: string): Generator<TextLine> {
  for (const [i, json] of text.split(/\r\n?|\n/).entries()) {
    if (json.trim() !== '') yield { line: i + 1, value: jsonAttribute(json) };
  }
}

/** @throws {TraceError} for a missing column or a malformed line */
function* csvLines(file: string, text: string): Generator<TextLine> {
  let names: readonly string[] | undefined;
  for (const row of csvRows(text)) {
    if (row.fault !== undefined) throw new TraceError(`${file}, line ${row.line} ${row.fault}.`);
    if (isBlank(row.cells)) continue;
    if (names === undefined) {
      const header = columnNames(row.cells, Object.keys(TraceLine.properties));
      names = header;
      const missing = NEEDED.filter((name) => !header.includes(name));
      if (missing.length === 0) continue;
      throw new TraceError(
        `${file} must start with a JSON object, or with a CSV header that has ${NEEDED.join(', ')}: ${missing.join(', ')} is missing.`,
      );
    }
    const members = names
      .map((name, i): [string, string] => [name, row.cells[i] ?? ''])
      .filter(([name, cell]) => name !== '' && cell !== '');
    yield {
      line: row.line,
      value: Object.fromEntries(
        members.map(([name, cell]) => [name, name === 'duress' ? (BOOLEANS[cell.toLowerCase()] ?? cell) : cell]),
      ),
    };
  }
}
