import { runBatch } from '../protocol/batch.js';
import { element, textElement } from '../protocol/xml.js';
import type { MessageAttribute } from '../sqs/message.js';
import type { QueryForm } from './form.js';
import { invalidParameter } from './invalid-parameter.js';
import type { Published, Subscription } from './topic.js';
import type { Topics } from './topics.js';

/** Operation of the API. Returns the elements inside its `…Result`. */
export type Operation = (form: QueryForm, topics: Topics) => string[];

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'CreateTopic',
    (form, topics) => {
      const { arn } = topics.create(form.need('Name'), attributesOf(form));
      return [textElement('TopicArn', arn)];
    },
  ],
  [
    'DeleteTopic',
    (form, topics) => {
      topics.delete(form.need('TopicArn'));
      return [];
    },
  ],
  [
    'ListTopics',
    (_form, topics) => [
      element(
        'Topics',
        topics.all().map(({ arn }) => element('member', [textElement('TopicArn', arn)])),
      ),
    ],
  ],
  [
    'GetTopicAttributes',
    (form, topics) => {
      const topic = topics.get(form.need('TopicArn'));
      return [
        attributesElement({
          ...topic.attributes,
          TopicArn: topic.arn,
          SubscriptionsConfirmed: String(topic.subscriptions.size),
        }),
      ];
    },
  ],
  [
    'Subscribe',
    (form, topics) => {
      const topic = topics.get(form.need('TopicArn'));
      if (form.get('Protocol') !== 'sqs') throw invalidParameter('Protocol Reason: the local SNS delivers to sqs only');
      const { RawMessageDelivery = 'false', ...others } = attributesOf(form);
      const [unknown] = Object.keys(others);
      if (unknown !== undefined) throw invalidParameter(`Attributes Reason: the local SNS does not support ${unknown}`);
      return [
        textElement('SubscriptionArn', topic.subscribe(form.need('Endpoint'), RawMessageDelivery === 'true').arn),
      ];
    },
  ],
  [
    'Unsubscribe',
    (form, topics) => {
      const { arn, topicArn } = topics.subscription(form.need('SubscriptionArn'));
      topics.get(topicArn).subscriptions.delete(arn);
      return [];
    },
  ],
  [
    'GetSubscriptionAttributes',
    (form, topics) => {
      const { arn, topicArn, endpoint, isRaw } = topics.subscription(form.need('SubscriptionArn'));
      return [
        attributesElement({
          SubscriptionArn: arn,
          TopicArn: topicArn,
          Protocol: 'sqs',
          Endpoint: endpoint,
          RawMessageDelivery: String(isRaw),
          PendingConfirmation: 'false',
        }),
      ];
    },
  ],
  [
    'ListSubscriptionsByTopic',
    (form, topics) => {
      const { subscriptions } = topics.get(form.need('TopicArn'));
      return [element('Subscriptions', Array.from(subscriptions.values(), subscriptionElement))];
    },
  ],
  ['Publish', (form, topics) => publishedElements(publish(form.need('TopicArn'), form, topics))],
  ['PublishBatch', publishBatch],
]);

function publishBatch(form: QueryForm, topics: Topics): string[] {
  const topicArn = form.need('TopicArn');
  topics.get(topicArn);
  const published = new Map<string, Published>();
  const entries = form.list('PublishBatchRequestEntries').map((entry) => ({ Id: entry.need('Id'), entry }));
  const { Failed } = runBatch(entries, ({ Id, entry }) => {
    published.set(Id, publish(topicArn, entry, topics));
    return {};
  });
  const done = Array.from(published, ([Id, result]) =>
    element('member', [textElement('Id', Id), ...publishedElements(result)]),
  );
  const failed = Failed.map((failure) =>
    element(
      'member',
      Object.entries(failure).map(([name, value]) => textElement(name, value)),
    ),
  );
  return [element('Successful', done), element('Failed', failed)];
}

function publish(topicArn: string, form: QueryForm, topics: Topics): Published {
  if (form.get('MessageStructure') !== undefined) {
    throw invalidParameter('MessageStructure Reason: the local SNS sends the same message to all subscribers');
  }
  return topics.get(topicArn).publish({
    message: form.need('Message'),
    subject: form.get('Subject'),
    attributes: messageAttributesOf(form),
    groupId: form.get('MessageGroupId'),
    deduplicationId: form.get('MessageDeduplicationId'),
  });
}

function publishedElements({ messageId, sequenceNumber }: Published): string[] {
  return [textElement('MessageId', messageId), textElement('SequenceNumber', sequenceNumber)];
}

function subscriptionElement({ arn, topicArn, endpoint }: Subscription): string {
  return element('member', [
    textElement('SubscriptionArn', arn),
    textElement('TopicArn', topicArn),
    textElement('Protocol', 'sqs'),
    textElement('Endpoint', endpoint),
    textElement('Owner', topicArn.split(':')[4]),
  ]);
}

function attributesElement(attributes: Readonly<Record<string, string>>): string {
  return element(
    'Attributes',
    Object.entries(attributes).map(([key, value]) =>
      element('entry', [textElement('key', key), textElement('value', value)]),
    ),
  );
}

function attributesOf(form: QueryForm): Record<string, string> {
  return Object.fromEntries(form.entries('Attributes').map((entry) => [entry.need('key'), entry.get('value') ?? '']));
}

function messageAttributesOf(form: QueryForm): Record<string, MessageAttribute> {
  return Object.fromEntries(
    form.entries('MessageAttributes').map((entry): [string, MessageAttribute] => {
      const StringValue = entry.get('Value.StringValue');
      const BinaryValue = entry.get('Value.BinaryValue');
      return [
        entry.need('Name'),
        {
          DataType: entry.need('Value.DataType'),
          ...(StringValue === undefined ? {} : { StringValue }),
          ...(BinaryValue === undefined ? {} : { BinaryValue }),
        },
      ];
    }),
  );
}
