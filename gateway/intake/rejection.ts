import { type ItemProblem, PROBLEMS, type ProblemCode } from '@swipegate/contract';
import { ProblemError, type ProblemExtras } from '@swipegate/http/problem-details';
import type { ParsedBody } from './parse-body.js';
import { errorCode } from './sink.js';

/** Why an item is rejected: problem code, wrong member (empty: the item), and the predicate of a sentence about it. */
export class Rejection {
  readonly code: ProblemCode;
  readonly field: string;
  readonly reason: string;

  constructor(code: ProblemCode, field: string, reason: string) {
    this.code = code;
    this.field = field;
    this.reason = reason;
  }
}

export type IdMember = 'swipeId' | 'eventId';

const REJECTION_OF: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  BUFFER_FULL: ['overloaded', 'was not accepted because the gateway’s buffer is full; send it again later'],
  CLOSED: ['shutting-down', 'was not accepted because the gateway is shutting down; send it again'],
  RECORD_TOO_LARGE: ['invalid-item', 'exceeds the record size limit of the stream'],
};
const NOT_ACCEPTED = ['stream-unavailable', 'was not accepted by the stream; send it again with the same id'] as const;

/** Translates an error of the sink. */
export function rejectionOf(error: unknown): Rejection {
  const [code, reason] = REJECTION_OF[errorCode(error) ?? ''] ?? NOT_ACCEPTED;
  return new Rejection(code, '', reason);
}

export function itemProblem(
  index: number,
  idMember: IdMember,
  id: string | undefined,
  { code, field, reason }: Rejection,
): ItemProblem {
  return id === undefined ? { index, code, field, reason } : { index, [idMember]: id, code, field, reason };
}

/** Returns the id of an unvalidated item, if it is a string of at most 64 characters. */
export function claimedId(value: unknown, member: IdMember): string | undefined {
  if (typeof value !== 'object' || value === null || !(member in value)) return undefined;
  const id: unknown = Reflect.get(value, member);
  return typeof id === 'string' && id.length <= 64 ? id : undefined;
}

/** Returns the problem of a body without accepted items: their common code, or `invalid-item` if the codes differ. */
export function allRejected(form: ParsedBody['form'], rejected: readonly ItemProblem[]): ProblemError {
  const [first] = rejected;
  if (first === undefined) return new ProblemError('empty-batch', 'Send at least one item.');
  const agree = rejected.every(({ code }) => code === first.code);
  const code: ProblemCode = agree && isProblemCode(first.code) ? first.code : 'invalid-item';
  const extras: ProblemExtras = PROBLEMS[code].status === 503 ? { retryAfter: 1 } : {};
  if (form === 'single') {
    const { field, reason } = first;
    const subject = field === '' ? 'The item' : field;
    return new ProblemError(code, `${subject} ${reason}.`, { ...extras, field, reason });
  }
  const detail =
    rejected.length === 1 ? 'The one item was not accepted.' : `None of the ${rejected.length} items was accepted.`;
  return new ProblemError(code, detail, { ...extras, errors: [...rejected] });
}

function isProblemCode(code: string): code is ProblemCode {
  return code in PROBLEMS;
}
