import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Answer, type Call, type CallContext, type Faults, serveCalls } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElement, textElements, xmlDocument } from '../protocol/xml.js';
import { OPERATIONS, QueryForm } from './operations.js';
import type { Topics } from './topics.js';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** SNS in AWS's query protocol (https://docs.aws.amazon.com/sns/latest/api/). */
export function createSnsServer(topics: Topics, faults: Faults, settle: () => Promise<void>): Server {
  return createServer(
    serveCalls({
      faults,
      settle,
      internal: new ServiceError('InternalError', 'The local SNS failed.', 500),
      throttled: new ServiceError('Throttled', 'Rate exceeded.', 429),
      read: (request, context) => read(request, context, topics),
      refuse: ({ code, message, status }, { requestId }) => {
        const Type = status < 500 ? 'Sender' : 'Receiver';
        const error = element('Error', textElements({ Type, Code: code, Message: message }));
        return xmlAnswer(status, 'ErrorResponse', [error, textElement('RequestId', requestId)]);
      },
    }),
  );
}

function xmlAnswer(status: number, name: string, children: readonly string[]): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body: xmlDocument(element(name, children, NAMESPACE)) };
}

async function read(request: IncomingMessage, { requestId }: CallContext, topics: Topics): Promise<Call> {
  const fields = new URLSearchParams(await text(request));
  const name = fields.get('Action') ?? '';
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation === undefined) throw new ServiceError('InvalidAction', `The local SNS does not support ${name}.`);
  return {
    operation: name,
    run: () =>
      xmlAnswer(200, `${name}Response`, [
        element(`${name}Result`, operation(new QueryForm(fields), topics)),
        element('ResponseMetadata', [textElement('RequestId', requestId)]),
      ]),
  };
}
