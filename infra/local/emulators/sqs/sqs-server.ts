import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { jsonIn } from '@swipegate/contract';
import { type Call, type CallContext, type Faults, serveCalls } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { OPERATIONS } from './operations.js';
import { invalidParameterValue } from './queue-attributes.js';
import type { Queues } from './queues.js';

const TARGET = /^AmazonSQS\.(\w+)$/;

/** Error codes of the older query protocol, which the SDK exposes. */
const OLD_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
};

/** SQS in its JSON protocol (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/). */
export function createSqsServer(queues: Queues, faults: Faults, settle: () => Promise<void>): Server {
  return createServer(
    serveCalls({
      faults,
      settle,
      internal: new ServiceError('InternalFailure', 'The local SQS failed.', 500),
      throttled: new ServiceError('RequestThrottled', 'Rate exceeded.'),
      read: (request, context) => read(request, context, queues),
      refuse: ({ code, message, status }, { requestId }) => ({
        status,
        headers: {
          ...headers(requestId),
          'x-amzn-query-error': `${OLD_CODES[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}`,
        },
        body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
      }),
    }),
  );
}

async function read(request: IncomingMessage, { requestId, signal }: CallContext, queues: Queues): Promise<Call> {
  const [, name = ''] = TARGET.exec(String(request.headers['x-amz-target'])) ?? [];
  const operation = OPERATIONS.get(name);
  if (operation === undefined)
    throw new ServiceError('UnsupportedOperation', `The local SQS does not support ${name}.`);
  const input = jsonIn(await buffer(request));
  if (input === undefined) throw invalidParameterValue('The request body is not valid JSON.');
  // Queue URLs use the host name by which the client reached this server.
  const endpoint = `http://${request.headers.host ?? ''}`;
  return {
    operation: name,
    run: async () => ({
      status: 200,
      headers: headers(requestId),
      body: JSON.stringify((await operation(input, { queues, endpoint, signal })) ?? {}),
    }),
  };
}

function headers(requestId: string): Record<string, string> {
  return { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId };
}
