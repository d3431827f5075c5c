import Type from 'typebox';
import { type Operation, operation, type SqsContext } from './operation.js';
import type { Queue } from './queue.js';
import { withDefaults } from './queue-attributes.js';
import { nameInUrl, queueUrl } from './queues.js';

const Attributes = Type.Record(Type.String(), Type.String());
const QueueInput = Type.Object({ QueueUrl: Type.String() });

export function queueOf({ QueueUrl }: { QueueUrl: string }, { queues }: SqsContext): Queue {
  return queues.get(nameInUrl(QueueUrl));
}

/** Operations on queues. */
export const QUEUE_OPERATIONS: Readonly<Record<string, Operation>> = {
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
    Type.Object({ QueueUrl: Type.String(), AttributeNames: Type.Optional(Type.Array(Type.String())) }),
    (input, context) => {
      const wanted = input.AttributeNames ?? [];
      const all = Object.entries(describe(queueOf(input, context)));
      return {
        Attributes: Object.fromEntries(all.filter(([name]) => wanted.includes('All') || wanted.includes(name))),
      };
    },
  ),
  SetQueueAttributes: operation(Type.Object({ QueueUrl: Type.String(), Attributes }), (input, context) => {
    context.queues.setAttributes(queueOf(input, context), input.Attributes);
    return {};
  }),
  PurgeQueue: operation(QueueInput, (input, context) => {
    queueOf(input, context).purge();
    return {};
  }),
  DeleteQueue: operation(QueueInput, (input, context) => {
    context.queues.delete(queueOf(input, context));
    return {};
  }),
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
      ...(destinationArn === undefined ? {} : { DestinationArn: destinationArn }),
      ApproximateNumberOfMessagesMoved: moved,
      ApproximateNumberOfMessagesToMove: moved,
      StartedTimestamp: startedAtMs,
    })),
  })),
};

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
