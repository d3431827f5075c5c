import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Call, type CallContext, type Faults, serveCalls } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElement, xmlDocument } from '../protocol/xml.js';
import { findOperation, QueryForm } from './operations.js';
import type { Topics } from './topics.js';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';
const HEADERS = { 'content-type': 'text/xml' };

/** SNS in AWS's query protocol (https://docs.aws.amazon.com/sns/latest/api/). */
export function createSnsServer(topics: Topics, faults: Faults): Server {
  return createServer(
    serveCalls({
      faults,
      internal: new ServiceError('InternalError', 'The local SNS failed.', { status: 500 }),
      throttled: new ServiceError('Throttled', 'Rate exceeded.', { status: 429 }),
      read: (request, context) => read(request, context, topics),
      refuse: ({ code, message, status }, { requestId }) => ({
        status,
        headers: HEADERS,
        body: xmlDocument(
          element(
            'ErrorResponse',
            [
              element('Error', [
                textElement('Type', status < 500 ? 'Sender' : 'Receiver'),
                textElement('Code', code),
                textElement('Message', message),
              ]),
              textElement('RequestId', requestId),
            ],
            NAMESPACE,
          ),
        ),
      }),
    }),
  );
}

async function read(request: IncomingMessage, { requestId }: CallContext, topics: Topics): Promise<Call> {
  const fields = new URLSearchParams(await text(request));
  const name = fields.get('Action') ?? '';
  const operation = findOperation(name);
  if (operation === undefined) throw new ServiceError('InvalidAction', `The local SNS does not support ${name}.`);
  return {
    operation: name,
    run: () => ({
      status: 200,
      headers: HEADERS,
      body: xmlDocument(
        element(
          `${name}Response`,
          [
            element(`${name}Result`, operation(new QueryForm(fields), topics)),
            element('ResponseMetadata', [textElement('RequestId', requestId)]),
          ],
          NAMESPACE,
        ),
      ),
    }),
  };
}
