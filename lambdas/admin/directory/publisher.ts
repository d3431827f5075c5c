import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Change, ChangeContent, ChangeStatus } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';
import { changeMessage } from '../../stores/changes/change-message.js';
import { addToChange, changeRow } from '../../stores/changes/change-table.js';
import { userOf } from '../sign-in/authenticate.js';
import { readChanges } from './changes.js';

export interface ChangeRequest {
  why: string;
  content: ChangeContent;
}

export interface PublisherParts {
  sns: SNSClient;
  dynamodb: DynamoDBClient;
  topicArn: string;
  tableChanges: string;
}

/** Publishes changes to the SNS topic and records them in the changes table. */
export class ChangePublisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Once this returns, the change is not lost. The request's Idempotency-Key becomes the changeId. Retries with the same
   * key are safe: SNS drops them for 5 minutes, and later ones are not applied again.
   * @throws {ProblemError} `change-id-reused` (409) if the key belongs to a different change, or `topic-unavailable`
   * (503) if it is unknown whether the change was accepted
   */
  async publish(http: FastifyRequest, { why, content }: ChangeRequest): Promise<ChangeStatus> {
    const { tenantId, userId, userName } = userOf(http);
    const given = http.headers['idempotency-key'];
    const changeId = typeof given === 'string' ? given : randomUUID();
    const earlier = given === undefined ? undefined : await this.#earlier(http, tenantId, changeId);
    if (earlier !== undefined) return sameAs(earlier, { why, content });
    const requestedAt = new Date().toISOString();
    const change: Change = { changeId, tenantId, requestedAt, by: { userId, userName }, why, content };
    await this.#send(http, change);
    const acceptedAt = new Date().toISOString();
    if (!(await this.#note(http, change, acceptedAt))) {
      // Two requests with the same key ran at the same time, and SNS delivered only one of them.
      const other = await this.#earlier(http, tenantId, changeId);
      if (other !== undefined) return sameAs(other, { why, content });
    }
    return { ...change, state: 'accepted', acceptedAt };
  }

  async #earlier(http: FastifyRequest, tenantId: string, changeId: string): Promise<ChangeStatus | undefined> {
    const { dynamodb, tableChanges } = this.#parts;
    return (await databaseAnswer(http, readChanges(dynamodb, tableChanges, tenantId, [changeId]))).get(changeId);
  }

  async #send(http: FastifyRequest, change: Change): Promise<void> {
    try {
      await this.#parts.sns.send(new PublishCommand({ TopicArn: this.#parts.topicArn, ...changeMessage(change) }));
    } catch (error) {
      http.log.error({ err: error }, 'the change could not be published');
      // SNS may have accepted the change although its answer was lost.
      const detail = `The change may have been accepted. Send it again with Idempotency-Key ${change.changeId}.`;
      throw new ProblemError('topic-unavailable', detail, { retryAfter: 1 });
    }
  }

  /** Returns false if the changeId was accepted before. Only logs a failure: change-store writes the row again. */
  async #note(http: FastifyRequest, change: Change, acceptedAt: string): Promise<boolean> {
    const { dynamodb, tableChanges } = this.#parts;
    try {
      return await addToChange(dynamodb, tableChanges, change, { ...changeRow(change), acceptedAt }, 'acceptedAt');
    } catch (error) {
      http.log.warn({ err: error, changeId: change.changeId }, 'the acceptance of the change could not be recorded');
      return true;
    }
  }
}

/** @throws {ProblemError} `change-id-reused` if the known change is a different one */
function sameAs(known: ChangeStatus, { why, content }: ChangeRequest): ChangeStatus {
  if (isDeepStrictEqual([known.content, known.why], [content, why])) return known;
  const detail = `The Idempotency-Key ${known.changeId} was used for a different change. Use a new key.`;
  throw new ProblemError('change-id-reused', detail);
}
