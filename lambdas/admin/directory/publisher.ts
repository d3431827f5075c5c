import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Change, ChangeContent, ChangeStatus, ExpectedState } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { ProblemError } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyRequest } from 'fastify';
import { changeMessage } from '../../stores/changes/change-message.js';
import { addToChange, changeRow } from '../../stores/changes/change-table.js';
import {
  conditionFault,
  differencesFrom,
  type EntryName,
  entryOf,
  entrySent,
  listOf,
  titleOf,
  versionOf,
} from '../../stores/changes/entries.js';
import { commandRow, putCommand } from '../../stores/device-commands.js';
import { holdOf } from '../../stores/holds.js';
import { endLockdown, startLockdown } from '../../stores/lockdowns.js';
import { type BlockTables, putInForce } from './blocks.js';
import { readChanges } from './changes.js';
import { closeHeldDoors } from './held-doors.js';

export interface ChangeRequest {
  why: string;
  /** State in which the entry is expected. Undefined: any. */
  expects: ExpectedState | undefined;
  content: ChangeContent;
}

export interface PublisherParts {
  sns: SNSClient;
  dynamodb: DynamoDBClient;
  topicArn: string;
  tables: BlockTables & { TABLE_DEVICE_COMMANDS: string; TABLE_SITE: string };
  /** Reads the entry that a change writes; undefined if it does not exist. */
  readEntry(tenantId: string, name: EntryName): Promise<object | undefined>;
}

/** Publishes changes to the SNS topic and records them in the changes table. */
export class ChangePublisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Once this returns, the change is not lost, a block of a card or a cardholder is in force, and a device gets its command. The request's
   * Idempotency-Key becomes the changeId. Retries with the same key are safe: SNS drops them for 5 minutes, and later
   * ones are not applied again.
   * @throws {ProblemError} `change-id-reused` (409) if the key belongs to a different change, `already-exists` or
   * `changed-meanwhile` (412) if the entry is not in the expected state, or `topic-unavailable` (503) if it is unknown
   * whether the change was accepted
   */
  async publish(http: FastifyRequest, request: ChangeRequest): Promise<ChangeStatus> {
    const { tenantId, userId, userName } = userOf(http);
    const given = http.headers['idempotency-key'];
    const changeId = typeof given === 'string' ? given : randomUUID();
    const earlier = given === undefined ? undefined : await this.#earlier(http, tenantId, changeId);
    if (earlier !== undefined) return this.#again(http, sameAs(earlier, request));
    const { why, expects, content } = request;
    if (expects !== undefined) await this.#check(http, tenantId, expects, content);
    const requestedAt = new Date().toISOString();
    const change: Change = {
      changeId,
      tenantId,
      requestedAt,
      by: { userId, userName },
      why,
      ...(expects === undefined ? {} : { expects }),
      content,
    };
    // A lockdown does not wait for the topic, which may be unavailable. A repeat of the request completes its record.
    const isLockdown = content.type === 'start-lockdown' || content.type === 'end-lockdown';
    const since = isLockdown ? await this.#block(http, change) : undefined;
    await this.#send(http, change);
    const inForceAt = isLockdown ? since : await this.#block(http, change);
    const acceptedAt = new Date().toISOString();
    if (!(await this.#note(http, change, { acceptedAt, inForceAt }))) {
      // Two requests with the same key ran at the same time, and SNS delivered only one of them.
      const other = await this.#earlier(http, tenantId, changeId);
      if (other !== undefined) return sameAs(other, request);
    }
    return inForceAt === undefined
      ? { ...change, state: 'accepted', acceptedAt }
      : { ...change, state: 'applied', acceptedAt, settledAt: inForceAt };
  }

  /** Answers a repeated request. The earlier one may have failed before its block was in force. */
  async #again(http: FastifyRequest, status: ChangeStatus): Promise<ChangeStatus> {
    if (status.state === 'applied' || status.state === 'rejected') return status;
    const inForceAt = await this.#block(http, status);
    if (inForceAt === undefined) return status;
    const { dynamodb, tables } = this.#parts;
    await databaseAnswer(http, addToChange(dynamodb, tables.TABLE_CHANGES, status, { inForceAt }, 'inForceAt'));
    return { ...status, state: 'applied', settledAt: inForceAt };
  }

  /** Puts a block in force, or a command where a gateway takes it: neither waits for its turn. @returns the time since which it is in force, if that settles the change */
  async #block(http: FastifyRequest, change: Change): Promise<string | undefined> {
    const { dynamodb, tables } = this.#parts;
    const { content } = change;
    const hold = holdOf(change);
    try {
      if (content.type === 'command-device') {
        return await putCommand(dynamodb, tables.TABLE_DEVICE_COMMANDS, commandRow({ ...change, content }));
      }
      if (content.type === 'start-lockdown') {
        await startLockdown(dynamodb, tables.TABLE_SITE, change, content);
        await closeHeldDoors(dynamodb, tables, change, content.locks);
        return new Date().toISOString();
      }
      if (content.type === 'end-lockdown') {
        await endLockdown(dynamodb, tables.TABLE_SITE, change, content.lockdownId);
        return new Date().toISOString();
      }
      return hold && (await putInForce(dynamodb, tables, change, hold));
    } catch (error) {
      http.log.error(
        { err: error, changeId: change.changeId },
        'the change is accepted, but is not in force before its turn',
      );
      const detail = `The change is accepted, but not in force yet. Send it again with Idempotency-Key ${change.changeId}.`;
      throw new ProblemError('lookup-unavailable', detail, { retryAfter: 1 });
    }
  }

  /**
   * Spares the user a change that would be rejected when its turn comes. Earlier changes may still be on their way, and
   * the table may be unavailable, so only the check at that time is final.
   */
  async #check(http: FastifyRequest, tenantId: string, expects: ExpectedState, content: ChangeContent): Promise<void> {
    const name = entryOf(content);
    let entry: object | undefined;
    try {
      entry = await this.#parts.readEntry(tenantId, name);
    } catch (error) {
      http.log.warn({ err: error, ...name }, 'the state of the entry could not be read; it is checked when applied');
      return;
    }
    const fault = conditionFault(expects, name, entry, entrySent(content));
    if (fault === undefined) return;
    const { code, field, reason, differences } = fault;
    throw new ProblemError(code, reason, {
      headers: etagOf(name, entry),
      ...(field && { field, reason: 'is taken' }),
      ...(differences.length > 0 && { differences }),
    });
  }

  /** Returns the problem of a change that must say which state it expects. It tells what the change would replace. */
  async missingCondition(http: FastifyRequest, content: ChangeContent): Promise<ProblemError> {
    const name = entryOf(content);
    const { tenantId } = userOf(http);
    let entry: object | undefined;
    try {
      entry = await this.#parts.readEntry(tenantId, name);
    } catch (error) {
      http.log.warn({ err: error, ...name }, 'the state of the entry could not be read');
      return new ProblemError('precondition-required', `${CREATE} ${REPLACE}`);
    }
    if (entry === undefined) {
      return new ProblemError('precondition-required', `There is no ${titleOf(name)} yet. ${CREATE}`);
    }
    const differences = differencesFrom(name.kind, entry, entrySent(content) ?? entry);
    const list = listOf(differences) ?? 'nothing';
    const detail = `The ${titleOf(name)} exists. The request would replace: ${list}. ${REPLACE}`;
    return new ProblemError('precondition-required', detail, { headers: etagOf(name, entry), differences });
  }

  async #earlier(http: FastifyRequest, tenantId: string, changeId: string): Promise<ChangeStatus | undefined> {
    const { dynamodb, tables } = this.#parts;
    return (await databaseAnswer(http, readChanges(dynamodb, tables.TABLE_CHANGES, tenantId, [changeId]))).get(
      changeId,
    );
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
  async #note(
    http: FastifyRequest,
    change: Change,
    steps: { acceptedAt: string; inForceAt: string | undefined },
  ): Promise<boolean> {
    const { dynamodb, tables } = this.#parts;
    try {
      return await addToChange(
        dynamodb,
        tables.TABLE_CHANGES,
        change,
        { ...changeRow(change), ...steps },
        'acceptedAt',
      );
    } catch (error) {
      http.log.warn({ err: error, changeId: change.changeId }, 'the acceptance of the change could not be recorded');
      return true;
    }
  }
}

const CREATE = 'Send If-None-Match: * to create the entry.';
const REPLACE = 'Send If-Match with its ETag to replace what you read, or If-Match: * to replace whatever is there.';

function etagOf({ kind }: EntryName, entry: object | undefined): Record<string, string> {
  return entry === undefined ? {} : { etag: `"${versionOf(kind, entry)}"` };
}

/** @throws {ProblemError} `change-id-reused` if the known change is a different one */
function sameAs(known: ChangeStatus, { why, expects, content }: ChangeRequest): ChangeStatus {
  if (isDeepStrictEqual([known.content, known.why, known.expects], [content, why, expects])) return known;
  const detail = `The Idempotency-Key ${known.changeId} was used for a different change. Use a new key.`;
  throw new ProblemError('change-id-reused', detail);
}
