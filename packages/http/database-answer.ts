import type { FastifyRequest } from 'fastify';
import { CursorError } from './cursor.js';
import { badParameter } from './list-parameters.js';
import { ProblemError } from './problem-details.js';

/**
 * What the tables answer a request. Problems: `bad-request` for a cursor that leads nowhere, `lookup-unavailable` (503)
 * when they cannot answer.
 */
export async function databaseAnswer<Answer>(request: FastifyRequest, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof CursorError) throw badParameter('cursor', error.message);
    request.log.warn({ err: error }, 'the tables could not be asked');
    throw new ProblemError('lookup-unavailable', 'Ask again in a moment.', { retryAfter: 1 });
  }
}

export function buildingNotFound(buildingId: string): ProblemError {
  return new ProblemError('not-found', `There is no building ${buildingId}.`, {
    field: 'buildingId',
    reason: 'is no building of this tenant',
  });
}
