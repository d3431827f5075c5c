import { createHash } from 'node:crypto';
import type { Guard } from '@swipegate/contract';

/** Reason for refusing a cursor that this API did not issue. */
export const NOT_OURS = 'must be the nextCursor of an earlier page: this one was not issued by this API';

/** The cursor is malformed, or belongs to another list or other parameters. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
  readonly code = 'CURSOR_UNUSABLE';
}

/**
 * Encodes a position in a list, without the tenant: table keys are rebuilt with the caller's tenant, so a forged cursor
 * cannot reach another one. @param list identifies the list and its parameters
 */
export function encodeCursor(list: string, position: object): string {
  return Buffer.from(JSON.stringify({ list: fingerprint(list), position })).toString('base64url');
}

/** @throws {CursorError} if the cursor was not made by {@link encodeCursor} for the same list */
export function decodeCursor<Position>(cursor: string, list: string, isPosition: Guard<Position>): Position {
  const value = parse(cursor);
  if (typeof value !== 'object' || value === null || !('list' in value) || !('position' in value)) {
    throw new CursorError(NOT_OURS);
  }
  if (value.list !== fingerprint(list)) {
    const reason = 'belongs to another list or to other parameters; use it with the same parameters as its page';
    throw new CursorError(reason);
  }
  if (!isPosition(value.position)) throw new CursorError(NOT_OURS);
  return value.position;
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
