import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Change, ChangeContent, ChangeStatus } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';
import { addToChange, changeRow } from '../../stores/changes/change-table.js';
import type { AdminUser } from '../sign-in/admin-user.js';
import { readChanges } from './changes.js';

export interface ChangeRequest {
  user: AdminUser;
  why: string;
  content: ChangeContent;
}

export interface PublisherParts {
  sns: SNSClient;
  dynamodb: DynamoDBClient;
  topicArn: string;
  tableChanges: string;
  /** ms since the epoch. */
  now(): number;
}

/** Sends changes on their way. */
export class ChangePublisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes a change; from then on it is not lost. A tenant is a message group, so that its changes keep their order; the same
   * changeId within 5 minutes is one message, and later one that is applied once.
   *
   * Problems: `change-id-reused` (409), where the caller's idempotency key stands for another change; `topic-unavailable` (503),
   * where nothing may have been accepted, and the same again with the same changeId is made once.
   * @param http whose Idempotency-Key becomes the changeId
   */
  async publish(http: FastifyRequest, { user, why, content }: ChangeRequest): Promise<ChangeStatus> {
    const { now } = this.#parts;
    const given = http.headers['idempotency-key'];
    const changeId = typeof given === 'string' ? given : randomUUID();
    const earlier = given === undefined ? undefined : await this.#earlier(http, user.tenantId, changeId);
    if (earlier !== undefined) return sameAs(earlier, { why, content });
    const requestedAt = new Date(now()).toISOString();
    const by = { userId: user.userId, userName: user.userName };
    const change: Change = { changeId, tenantId: user.tenantId, requestedAt, by, why, content };
    await this.#send(http, change);
    const acceptedAt = new Date(now()).toISOString();
    if (!(await this.#note(http, change, acceptedAt))) {
      // The same key came twice at the same time, and SNS has passed on one of them.
      const other = await this.#earlier(http, user.tenantId, changeId);
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
      await this.#parts.sns.send(
        new PublishCommand({
          TopicArn: this.#parts.topicArn,
          Message: JSON.stringify(change),
          MessageGroupId: change.tenantId,
          MessageDeduplicationId: change.changeId,
        }),
      );
    } catch (error) {
      http.log.error({ err: error }, 'a change could not be published');
      // An answer that was lost may be one that said yes.
      const detail = `Whether it was accepted is not known. Send the same again with Idempotency-Key ${change.changeId}.`;
      throw new ProblemError('topic-unavailable', detail, { retryAfter: 1 });
    }
  }

  /**
   * So that it can be asked about from now on. It is on its way: the store writes the same again.
   * @returns whether it was the first of its id
   */
  async #note(http: FastifyRequest, change: Change, acceptedAt: string): Promise<boolean> {
    const { dynamodb, tableChanges } = this.#parts;
    try {
      return await addToChange(dynamodb, tableChanges, change, { ...changeRow(change), acceptedAt }, 'acceptedAt');
    } catch (error) {
      http.log.warn({ err: error, changeId: change.changeId }, 'that the change is accepted could not be written down');
      return true;
    }
  }
}

/** @throws {ProblemError} `change-id-reused` where it is another change */
function sameAs(known: ChangeStatus, { why, content }: Pick<ChangeRequest, 'why' | 'content'>): ChangeStatus {
  if (isDeepStrictEqual([known.content, known.why], [content, why])) return known;
  const detail = `The Idempotency-Key ${known.changeId} stands for another change. Make a new one.`;
  throw new ProblemError('change-id-reused', detail);
}
