import Type from 'typebox';
import { ServiceError } from '../../protocol/service-error.js';
import { element, textElement, textElements } from '../../protocol/xml.js';
import type { Queues } from '../../sqs/queues.js';
import type { S3Request } from './s3-request.js';
import { xmlBody } from './xml-body.js';

/** Rule that sends events of a bucket to a queue. */
export const QueueNotification = Type.Object({
  id: Type.String(),
  queueArn: Type.String(),
  events: Type.Array(Type.String(), { description: 'Event names, e.g. s3:ObjectCreated:*' }),
  prefix: Type.String(),
  suffix: Type.String(),
});
export type QueueNotification = Type.Static<typeof QueueNotification>;

const FilterRule = Type.Object({
  Name: Type.String({ pattern: '^([Pp]refix|[Ss]uffix)$' }),
  Value: Type.Optional(Type.String()),
});
const QueueConfiguration = Type.Object({
  Id: Type.Optional(Type.String()),
  Queue: Type.String(),
  Event: Type.Array(Type.String({ pattern: '^s3:Object(Created|Removed):(\\*|\\w+)$' }), { minItems: 1 }),
  Filter: Type.Optional(Type.Object({ S3Key: Type.Object({ FilterRule: Type.Array(FilterRule) }) })),
});
const readConfiguration = xmlBody(
  Type.Object({
    NotificationConfiguration: Type.Union([
      // An empty element removes all notifications.
      Type.String(),
      Type.Object({
        QueueConfiguration: Type.Optional(Type.Array(QueueConfiguration)),
        TopicConfiguration: Type.Optional(Type.Unknown()),
        CloudFunctionConfiguration: Type.Optional(Type.Unknown()),
        EventBridgeConfiguration: Type.Optional(Type.Unknown()),
      }),
    ]),
  }),
);

/** @throws {ServiceError} MalformedXML; InvalidArgument for a missing or FIFO queue; NotImplemented for other destinations */
export async function readNotifications({ body }: S3Request, queues: Queues): Promise<QueueNotification[]> {
  const { NotificationConfiguration: configuration } = await readConfiguration(body);
  if (typeof configuration === 'string') return [];
  const { QueueConfiguration: toQueues = [], ...others } = configuration;
  if (Object.keys(others).length > 0) {
    throw new ServiceError('NotImplemented', 'The local S3 supports only queues as destinations.', 501);
  }
  return toQueues.map(({ Id, Queue, Event, Filter }, index) => {
    const queue = queues.findByArn(Queue);
    if (queue === undefined || queue.isFifo) {
      const reason = queue === undefined ? 'The queue does not exist' : 'FIFO queues are not supported';
      const message = `Unable to validate the following destination configurations. ${reason}: ${Queue}`;
      throw new ServiceError('InvalidArgument', message);
    }
    const filterValue = (wanted: string) =>
      Filter?.S3Key.FilterRule.find(({ Name }) => Name.toLowerCase() === wanted)?.Value ?? '';
    return {
      id: Id ?? `configuration-${index + 1}`,
      queueArn: Queue,
      events: Event,
      prefix: filterValue('prefix'),
      suffix: filterValue('suffix'),
    };
  });
}

export function notificationConfigurationElement(notifications: readonly QueueNotification[]): string {
  return element(
    'NotificationConfiguration',
    notifications.map(({ id, queueArn, events, prefix, suffix }) =>
      element('QueueConfiguration', [
        ...textElements({ Id: id, Queue: queueArn }),
        ...events.map((event) => textElement('Event', event)),
        element('Filter', [element('S3Key', [ruleElement('prefix', prefix), ruleElement('suffix', suffix)])]),
      ]),
    ),
  );
}

function ruleElement(Name: string, Value: string): string {
  return Value === '' ? '' : element('FilterRule', textElements({ Name, Value }));
}
