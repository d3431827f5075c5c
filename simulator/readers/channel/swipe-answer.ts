import { compile, Decision, ItemProblem, PROBLEMS, Problem, type ProblemCode } from '@swipegate/contract';
import Type from 'typebox';
import { type HttpAnswer, headerOf } from './http-answer.js';

/** The gateway's answer for one swipe. */
export type SwipeAnswer =
  | { kind: 'decided'; decision: Decision }
  | { kind: 'accepted' }
  /** Temporary: retry the same swipe after at least `waitMs`. `problem` is a problem code or a network error code. */
  | { kind: 'again'; waitMs: number; problem: string; reason: string }
  /** Permanent: retrying cannot help. */
  | { kind: 'refused'; problem: string; reason: string };

const ACCEPTED: SwipeAnswer = { kind: 'accepted' };

const isDecision = compile(Decision);
const isProblem = compile(Type.Pick(Problem, ['code', 'detail']));
const isItems = compile(Type.Object({ errors: Type.Array(ItemProblem) }));
const isBatch = compile(Type.Object({ accepted: Type.Integer(), rejected: Type.Array(ItemProblem) }));

/** Reads the answer to a swipe that was posted alone. */
export function answerOfSwipe(answer: HttpAnswer | undefined, error: Error | undefined): SwipeAnswer {
  if (answer === undefined) return noAnswer(error);
  if (answer.status === 202) return ACCEPTED;
  if (answer.status !== 200) return problemOf(answer);
  const value = parse(answer);
  if (isDecision(value)) return { kind: 'decided', decision: value };
  return { kind: 'refused', problem: 'unreadable-answer', reason: `200 without a decision: ${beginning(answer)}` };
}

/** Reads the answer to a batch. @returns one answer per swipe, in order */
export function answersOfBatch(size: number, answer: HttpAnswer | undefined, error: Error | undefined): SwipeAnswer[] {
  if (answer === undefined) return Array<SwipeAnswer>(size).fill(noAnswer(error));
  const value = parse(answer);
  if (answer.status === 207) {
    if (isBatch(value)) return withItems(Array<SwipeAnswer>(size).fill(ACCEPTED), value.rejected);
    const reason = `207 without a result: ${beginning(answer)}`;
    return Array<SwipeAnswer>(size).fill({ kind: 'refused', problem: 'unreadable-answer', reason });
  }
  const all = Array<SwipeAnswer>(size).fill(problemOf(answer));
  return isItems(value) ? withItems(all, value.errors) : all;
}

function withItems(answers: SwipeAnswer[], items: readonly ItemProblem[]): SwipeAnswer[] {
  for (const { index, code, field, reason } of items) {
    if (index >= answers.length) continue;
    const text = `${code}: ${field} ${reason}`;
    answers[index] =
      isProblemCode(code) && isAgain(PROBLEMS[code].status)
        ? { kind: 'again', waitMs: 0, problem: code, reason: text }
        : { kind: 'refused', problem: code, reason: text };
  }
  return answers;
}

function isProblemCode(code: string): code is ProblemCode {
  return code in PROBLEMS;
}

/** Temporary statuses: timeout, rate limit, gateway faults. */
function isAgain(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function noAnswer(error: Error | undefined): SwipeAnswer {
  const reason = error?.message ?? 'no answer';
  const code: unknown = error === undefined ? undefined : Reflect.get(error, 'code');
  return { kind: 'again', waitMs: 0, problem: typeof code === 'string' ? code : 'no-answer', reason };
}

function problemOf(answer: HttpAnswer): SwipeAnswer {
  const value = parse(answer);
  const { status } = answer;
  const problem = isProblem(value) ? value.code : `status-${status}`;
  const reason = isProblem(value) ? `${status} ${value.code}: ${value.detail}` : `${status} ${beginning(answer)}`;
  if (!isAgain(status)) return { kind: 'refused', problem, reason };
  const seconds = Number(headerOf(answer, 'retry-after') ?? 0);
  return { kind: 'again', waitMs: seconds > 0 ? seconds * 1_000 : 0, problem, reason };
}

function beginning({ body }: HttpAnswer): string {
  return body.toString('utf8', 0, 200);
}

function parse({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
