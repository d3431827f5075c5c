import { createHash } from 'node:crypto';
import type { ValidateFunction } from 'ajv';

/** A cursor that this list never gave out. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
  readonly code = 'CURSOR_UNUSABLE';
}

/**
 * Text that stands for a place in a list. It holds nothing of the tenant: the keys it leads to are made anew from the key
 * of whoever sends it, so that a forged one leads nowhere else.
 * @param list names the list and what it is limited to
 */
export function encodeCursor(list: string, position: object): string {
  return Buffer.from(JSON.stringify({ list: fingerprint(list), position })).toString('base64url');
}

/** @throws {CursorError} when it was not made by {@link encodeCursor} for the same list */
export function decodeCursor<Position>(cursor: string, list: string, isPosition: ValidateFunction<Position>): Position {
  const value = parse(cursor);
  if (typeof value !== 'object' || value === null || !('list' in value) || !('position' in value)) {
    throw new CursorError('is not one that this API gave out');
  }
  if (value.list !== fingerprint(list)) throw new CursorError('belongs to another list, or to other parameters');
  const { position } = value;
  if (!isPosition(position)) throw new CursorError('is not one that this API gave out');
  return position;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function fingerprint(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 11);
}
