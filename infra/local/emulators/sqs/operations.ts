import { compile, explain } from '@swipegate/contract';
import Type from 'typebox';
import { runBatch } from '../protocol/batch.js';
import { ServiceError } from '../protocol/service-error.js';
import { type Message, MessageAttribute, md5, md5OfAttributes } from './message.js';
import type { Queue } from './queue.js';
import { invalidParameterValue, withDefaults } from './queue-attributes.js';
import { nameInUrl, type Queues, queueUrl } from './queues.js';

export interface SqsContext {
  queues: Queues;
  endpoint: string;
  /** Aborted when the caller has disconnected. */
  signal: AbortSignal;
}

/** Takes the input of a request and returns the output, if any. */
type Operation = (input: unknown, context: SqsContext) => unknown;

/** Creates an operation that validates its input; an invalid one gets InvalidParameterValue. */
function operation<Schema extends Type.TSchema>(
  schema: Schema,
  run: (input: Type.Static<Schema>, context: SqsContext) => unknown,
): Operation {
  const isInput = compile(schema);
  return (input, context) => {
    if (isInput(input)) return run(input, context);
    const { field, reason } = explain(isInput.errors);
    throw invalidParameterValue(`${field} ${reason}`);
  };
}

const Attributes = Type.Record(Type.String(), Type.String());
const QueueUrl = Type.String();
const QueueInput = Type.Object({ QueueUrl });

function queueOf({ QueueUrl }: { QueueUrl: string }, { queues }: SqsContext): Queue {
  return queues.get(nameInUrl(QueueUrl));
}

const QUEUE_OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateQueue: operation(
    Type.Object({ QueueName: Type.String(), Attributes: Type.Optional(Attributes) }),
    ({ QueueName, Attributes = {} }, { queues, endpoint }) => ({
      QueueUrl: queueUrl(endpoint, queues.create(QueueName, Attributes)),
    }),
  ),
  GetQueueUrl: operation(Type.Object({ QueueName: Type.String() }), ({ QueueName }, { queues, endpoint }) => ({
    QueueUrl: queueUrl(endpoint, queues.get(QueueName)),
  })),
  ListQueues: operation(
    Type.Object({ QueueNamePrefix: Type.Optional(Type.String()) }),
    ({ QueueNamePrefix = '' }, { queues, endpoint }) => ({
      QueueUrls: queues
        .all()
        .filter(({ name }) => name.startsWith(QueueNamePrefix))
        .map((queue) => queueUrl(endpoint, queue)),
    }),
  ),
  GetQueueAttributes: operation(
    Type.Object({ QueueUrl, AttributeNames: Type.Optional(Type.Array(Type.String())) }),
    (input, context) => {
      const wanted = input.AttributeNames ?? [];
      const all = Object.entries(describe(queueOf(input, context)));
      const chosen = all.filter(([name]) => wanted.includes('All') || wanted.includes(name));
      return { Attributes: Object.fromEntries(chosen) };
    },
  ),
  SetQueueAttributes: operation(Type.Object({ QueueUrl, Attributes }), (input, context) =>
    context.queues.setAttributes(queueOf(input, context), input.Attributes),
  ),
  PurgeQueue: operation(QueueInput, (input, context) => queueOf(input, context).purge()),
  DeleteQueue: operation(QueueInput, (input, context) => context.queues.delete(queueOf(input, context))),
  StartMessageMoveTask: operation(
    Type.Object({ SourceArn: Type.String(), DestinationArn: Type.Optional(Type.String()) }),
    ({ SourceArn, DestinationArn }, { queues }) => ({
      TaskHandle: queues.startMoveTask(SourceArn, DestinationArn).handle,
    }),
  ),
  ListMessageMoveTasks: operation(Type.Object({ SourceArn: Type.String() }), ({ SourceArn }, { queues }) => ({
    Results: queues.moveTasks(SourceArn).map(({ sourceArn, destinationArn, moved, startedAtMs }) => ({
      Status: 'COMPLETED',
      SourceArn: sourceArn,
      DestinationArn: destinationArn,
      ApproximateNumberOfMessagesMoved: moved,
      ApproximateNumberOfMessagesToMove: moved,
      StartedTimestamp: startedAtMs,
    })),
  })),
};

const LOCAL_SENDER = 'AIDALOCAL';
const Id = Type.String();
const ReceiptHandle = Type.String();
const VisibilityTimeout = Type.Integer({ minimum: 0, maximum: 43_200 });
const Names = Type.Optional(Type.Array(Type.String()));
const sent = {
  MessageBody: Type.String(),
  MessageAttributes: Type.Optional(Type.Record(Type.String(), MessageAttribute)),
  MessageGroupId: Type.Optional(Type.String({ pattern: '^[!-~]{1,128}$' })),
  MessageDeduplicationId: Type.Optional(Type.String({ pattern: '^[!-~]{1,128}$' })),
  DelaySeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 900 })),
};
const Sent = Type.Object(sent);
const MOST_BATCH_BYTES = 1_048_576;

const MESSAGE_OPERATIONS: Readonly<Record<string, Operation>> = {
  SendMessage: operation(Type.Object({ QueueUrl, ...sent }), (input, context) => send(queueOf(input, context), input)),
  SendMessageBatch: operation(
    Type.Object({ QueueUrl, Entries: Type.Array(Type.Object({ Id, ...sent })) }),
    (input, context) => {
      const queue = queueOf(input, context);
      const bytes = input.Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
      if (bytes > MOST_BATCH_BYTES) {
        const message = `Batch requests cannot be longer than ${MOST_BATCH_BYTES} bytes.`;
        throw new ServiceError('BatchRequestTooLong', message);
      }
      return runBatch(input.Entries, (entry) => send(queue, entry));
    },
  ),
  ReceiveMessage: operation(
    Type.Object({
      QueueUrl,
      MaxNumberOfMessages: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
      VisibilityTimeout: Type.Optional(VisibilityTimeout),
      WaitTimeSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
      MessageAttributeNames: Names,
      MessageSystemAttributeNames: Names,
      // Older clients send this instead of MessageSystemAttributeNames.
      AttributeNames: Names,
    }),
    async (input, context) => {
      const messages = await queueOf(input, context).receive({
        max: input.MaxNumberOfMessages ?? 1,
        visibilityTimeoutSeconds: input.VisibilityTimeout,
        waitSeconds: input.WaitTimeSeconds,
        signal: context.signal,
      });
      const systemNames = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
      const names = input.MessageAttributeNames ?? [];
      if (messages.length > 0) return { Messages: messages.map((message) => received(message, systemNames, names)) };
    },
  ),
  DeleteMessage: operation(Type.Object({ QueueUrl, ReceiptHandle }), (input, context) =>
    queueOf(input, context).delete(input.ReceiptHandle),
  ),
  DeleteMessageBatch: operation(
    Type.Object({ QueueUrl, Entries: Type.Array(Type.Object({ Id, ReceiptHandle })) }),
    (input, context) => {
      const queue = queueOf(input, context);
      return runBatch(input.Entries, (entry) => queue.delete(entry.ReceiptHandle));
    },
  ),
  ChangeMessageVisibility: operation(Type.Object({ QueueUrl, ReceiptHandle, VisibilityTimeout }), (input, context) =>
    queueOf(input, context).changeVisibility(input.ReceiptHandle, input.VisibilityTimeout),
  ),
  ChangeMessageVisibilityBatch: operation(
    Type.Object({ QueueUrl, Entries: Type.Array(Type.Object({ Id, ReceiptHandle, VisibilityTimeout })) }),
    (input, context) => {
      const queue = queueOf(input, context);
      return runBatch(input.Entries, (entry) => queue.changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout));
    },
  ),
};

export const OPERATIONS = new Map(Object.entries({ ...QUEUE_OPERATIONS, ...MESSAGE_OPERATIONS }));

function describe(queue: Queue): Record<string, string> {
  const { visible, notVisible, delayed } = queue.counts;
  const createdAt = String(Math.floor(queue.createdAtMs / 1_000));
  return {
    ...withDefaults(queue.attributes),
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(notVisible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: createdAt,
    LastModifiedTimestamp: createdAt,
  };
}

function send(queue: Queue, input: Type.Static<typeof Sent>): object {
  const attributes = input.MessageAttributes ?? {};
  const { id, sequenceNumber } = queue.send({
    body: input.MessageBody,
    attributes,
    groupId: input.MessageGroupId,
    deduplicationId: input.MessageDeduplicationId,
    delaySeconds: input.DelaySeconds,
  });
  return {
    MessageId: id,
    MD5OfMessageBody: md5(input.MessageBody),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    SequenceNumber: sequenceNumber,
  };
}

function received(message: Message, systemNames: readonly string[], names: readonly string[]): object {
  const known = Object.entries({
    SenderId: LOCAL_SENDER,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    DeadLetterQueueSourceArn: message.deadLetterSourceArn,
  });
  const Attributes = known.filter(
    ([name, value]) => value !== undefined && (systemNames.includes('All') || systemNames.includes(name)),
  );
  const chosen = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => isWanted(name, names)));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Attributes.length === 0 ? {} : { Attributes: Object.fromEntries(Attributes) }),
    ...(Object.keys(chosen).length === 0
      ? {}
      : { MessageAttributes: chosen, MD5OfMessageAttributes: md5OfAttributes(chosen) }),
  };
}

/** Whether an attribute is requested by `All`, `.*`, its name, or a prefix: `prefix.*`. */
function isWanted(name: string, names: readonly string[]): boolean {
  return names.some(
    (wanted) => wanted === 'All' || wanted === name || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2))),
  );
}
