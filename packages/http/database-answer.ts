import type { FastifyRequest } from 'fastify';
import { CursorError } from './cursor.js';
import { badParameter } from './list-parameters.js';
import { ProblemError } from './problem-details.js';

/**
 * Awaits a request to a data store and turns its errors into problems.
 * @throws {ProblemError} `bad-request` for an unusable cursor, `lookup-unavailable` (503) for any other error
 */
export async function databaseAnswer<Answer>(request: FastifyRequest, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof CursorError) throw badParameter('cursor', error.message);
    request.log.warn({ err: error }, 'data store request failed');
    throw new ProblemError('lookup-unavailable', 'The data store cannot answer now. Try again in a moment.', {
      retryAfter: 1,
    });
  }
}
