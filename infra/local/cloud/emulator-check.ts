import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Row, rowOf } from '@swipegate/aws/attributes';
import { batchWriteIf } from '@swipegate/aws/batch-write-if';
import { messageOf } from '@swipegate/terminal/message-of';
import { tables } from '../../resources.js';
import type { Clients } from './provision.js';

const RECEIVE_SECONDS = 5;

/**
 * Tries the calls that Swipegate needs and emulators often lack, and removes what they leave. Such an emulator takes
 * swipes and never decides one.
 * @returns what is missing, as sentences that name the call and the answer
 */
export async function lacksOf({ dynamodb, sqs }: Pick<Clients, 'dynamodb' | 'sqs'>): Promise<string[]> {
  const lacks = await Promise.all([conditionalWrites(dynamodb), sequenceNumbers(sqs)]);
  return lacks.flatMap((lack) => lack ?? []);
}

/** Decisions depend on writes of this kind: `INSERT` and `UPDATE` with parameters, where one refusal leaves the others. */
async function conditionalWrites(dynamodb: DynamoDBClient): Promise<string | undefined> {
  const { name: TableName, partitionKey } = tables.zoneState;
  const id = `emulator-check/${randomUUID()}`;
  const key = { [partitionKey]: id };
  const write = async (version: number, was: Row | undefined): Promise<string> => {
    const [result = 'no answer'] = await batchWriteIf(dynamodb, TableName, [{ key, values: { version }, was }]);
    return typeof result === 'string' ? result : `${result.code}: ${result.message}`;
  };
  const Key = { [partitionKey]: { S: id } };
  try {
    const steps: [does: string, expected: string, run: () => Promise<string>][] = [
      ['an INSERT with parameters', 'written', () => write(1, undefined)],
      ['an INSERT of a row that exists', 'overtaken', () => write(1, undefined)],
      ['an UPDATE whose conditions hold', 'written', () => write(2, { version: 1 })],
      ['an UPDATE whose conditions do not hold', 'overtaken', () => write(3, { version: 1 })],
    ];
    for (const [does, expected, run] of steps) {
      const answer = await run().catch(messageOf);
      if (answer !== expected) return `BatchExecuteStatement with ${does} is ${answer}, and not ${expected}.`;
    }
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    const { version } = rowOf(Item ?? {});
    return version === 2
      ? undefined
      : `BatchExecuteStatement says that it wrote version 2, but the row has ${version}.`;
  } finally {
    await dynamodb.send(new DeleteItemCommand({ TableName, Key })).catch(() => undefined);
  }
}

/** The order of changes depends on them. */
async function sequenceNumbers(sqs: SQSClient): Promise<string | undefined> {
  const QueueName = `swipegate-check-${randomUUID()}.fifo`;
  let QueueUrl: string | undefined;
  try {
    const Attributes = { FifoQueue: 'true' };
    ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes })));
    const message = { MessageBody: 'check', MessageGroupId: 'check', MessageDeduplicationId: 'check' };
    await sqs.send(new SendMessageCommand({ QueueUrl, ...message }));
    const received = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: RECEIVE_SECONDS,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    const [first] = received.Messages ?? [];
    if (first === undefined) return `ReceiveMessage of a FIFO queue returns no message after ${RECEIVE_SECONDS} s.`;
    const { SequenceNumber } = first.Attributes ?? {};
    return SequenceNumber ? undefined : 'ReceiveMessage of a FIFO queue returns no SequenceNumber.';
  } catch (error) {
    return `A FIFO queue fails: ${messageOf(error)}.`;
  } finally {
    if (QueueUrl !== undefined) await sqs.send(new DeleteQueueCommand({ QueueUrl })).catch(() => undefined);
  }
}
