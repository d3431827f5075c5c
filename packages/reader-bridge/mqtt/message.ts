import type { Direction, DoorEventType } from '@swipegate/contract';

/** What a message of a reader says. */
export type Said =
  | {
      kind: 'card';
      /** Name or number of the door, as the reader writes it; undefined: the device has one. */
      door: string | undefined;
      card: string;
      direction: Direction;
      /** What the reader has decided by itself; undefined if it waits for an answer. */
      outcome: 'granted' | 'denied' | undefined;
      /** What tells this message from others: its id, or its time. Undefined if it says neither. */
      mark: string | undefined;
    }
  | { kind: 'door-event'; door: string | undefined; type: DoorEventType; mark: string | undefined }
  /** The reader is alive, and may say at which address. */
  | { kind: 'alive'; door: string | undefined; address: string | undefined };

/** Members of a JSON object; undefined if the text is none. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A text, number or boolean as text. Undefined for others, and for blanks. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
}
