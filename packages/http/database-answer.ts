import type { FastifyRequest } from 'fastify';
import { CursorError } from './cursor.js';
import { badParameter, ProblemError } from './problem-details.js';

/** @throws {ProblemError} `bad-request` for an unusable cursor, `lookup-unavailable` (503) for any other error */
export async function databaseAnswer<Answer>(request: FastifyRequest, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof CursorError) throw badParameter('cursor', error.message);
    request.log.warn({ err: error }, 'data store request failed');
    const detail = 'The data store cannot answer now. Try again in a moment.';
    throw new ProblemError('lookup-unavailable', detail, { retryAfter: 1 });
  }
}
