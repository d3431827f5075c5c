import type { LogFn, Logger } from 'pino';

/** Whole lines per window and kind; later ones are counted. */
const FIRST = 5;
const WINDOW_MS = 10_000;
/** Only warnings and errors come in floods; lines at info are records of what was done, and `fatal` is the last one. */
const [LOWEST, HIGHEST] = [40, 50];

interface Repeats {
  seen: number;
  /** Writes the last line with the number of lines left out. */
  summarise(repeated: number): void;
}

/**
 * Returns a `logMethod` hook of pino that bounds the log. It writes the first {@link FIRST} lines of 10 s with the same
 * message and error code, then one line with `repeated`, the number of lines left out.
 */
export function foldRepeats(windowMs = WINDOW_MS) {
  const kinds = new Map<string, Repeats>();
  const endWindow = () => {
    const all = Array.from(kinds.values());
    kinds.clear();
    for (const { seen, summarise } of all) if (seen > FIRST) summarise(seen - FIRST);
  };
  return function logMethod(this: Logger, args: Parameters<LogFn>, write: LogFn, level: number): void {
    if (level < LOWEST || level > HIGHEST) {
      write.apply(this, args);
      return;
    }
    const [first, second] = args;
    const message = typeof first === 'string' ? first : second;
    const kind = `${level}/${message}/${detailOf(first)}`;
    if (kinds.size === 0) setTimeout(endWindow, windowMs).unref();
    const repeats = kinds.get(kind) ?? { seen: 0, summarise: () => undefined };
    kinds.set(kind, repeats);
    repeats.seen += 1;
    if (repeats.seen <= FIRST) write.apply(this, args);
    else {
      const members = typeof first === 'object' ? first : {};
      repeats.summarise = (repeated) => write.call(this, { ...members, repeated }, message);
    }
  };
}

/** Code or name of the error, or type of the event, that a line reports. */
function detailOf(members: unknown): unknown {
  const error = member(members, 'err');
  return member(error, 'code') ?? member(error, 'name') ?? member(member(members, 'event'), 'type');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
