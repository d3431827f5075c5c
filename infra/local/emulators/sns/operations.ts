import { runBatch } from '../protocol/batch.js';
import { element, textElement, textElements } from '../protocol/xml.js';
import type { MessageAttribute } from '../sqs/message.js';
import { invalidParameter, type Published, type Subscription } from './topic.js';
import type { Topics } from './topics.js';

/**
 * Request of AWS's query protocol (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html): a form whose names encode
 * lists and maps, e.g. `Attributes.entry.1.key`.
 */
export class QueryForm {
  readonly #fields: URLSearchParams;
  readonly #prefix: string;

  constructor(fields: URLSearchParams, prefix = '') {
    this.#fields = fields;
    this.#prefix = prefix;
  }

  get(name: string): string | undefined {
    return this.#fields.get(this.#prefix + name) ?? undefined;
  }

  /** @throws {ServiceError} InvalidParameter if the field is missing */
  need(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === '') throw invalidParameter(name);
    return value;
  }

  list(name: string): QueryForm[] {
    return this.#numbered(`${name}.member`);
  }

  /** Entries of a map, with the fields `key` and `value`, or `Name` and `Value`. */
  entries(name: string): QueryForm[] {
    return this.#numbered(`${name}.entry`);
  }

  #numbered(name: string): QueryForm[] {
    const found: QueryForm[] = [];
    const names = Array.from(this.#fields.keys());
    for (;;) {
      const prefix = `${this.#prefix}${name}.${found.length + 1}.`;
      if (!names.some((field) => field.startsWith(prefix))) return found;
      found.push(new QueryForm(this.#fields, prefix));
    }
  }
}

/** Returns the elements inside its `…Result`. */
type Operation = (form: QueryForm, topics: Topics) => string[];

/** Operations by the name of the SDK's command without `Command`. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateTopic(form, topics) {
    return [textElement('TopicArn', topics.create(form.need('Name'), attributesOf(form)).arn)];
  },
  DeleteTopic(form, topics) {
    topics.delete(form.need('TopicArn'));
    return [];
  },
  ListTopics(_form, topics) {
    const members = topics.all().map(({ arn }) => element('member', [textElement('TopicArn', arn)]));
    return [element('Topics', members)];
  },
  GetTopicAttributes(form, topics) {
    const { attributes, arn, subscriptions } = topics.get(form.need('TopicArn'));
    return [attributesElement({ ...attributes, TopicArn: arn, SubscriptionsConfirmed: String(subscriptions.size) })];
  },
  Subscribe(form, topics) {
    const topic = topics.get(form.need('TopicArn'));
    if (form.get('Protocol') !== 'sqs') throw invalidParameter('Protocol Reason: the local SNS delivers to sqs only');
    const { RawMessageDelivery = 'false', ...others } = attributesOf(form);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw invalidParameter(`Attributes Reason: the local SNS does not support ${unknown}`);
    const { arn } = topic.subscribe(form.need('Endpoint'), RawMessageDelivery === 'true');
    topics.keep(topic);
    return [textElement('SubscriptionArn', arn)];
  },
  Unsubscribe(form, topics) {
    const { arn, topicArn } = topics.subscription(form.need('SubscriptionArn'));
    const topic = topics.get(topicArn);
    topic.subscriptions.delete(arn);
    topics.keep(topic);
    return [];
  },
  GetSubscriptionAttributes(form, topics) {
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
  ListSubscriptionsByTopic(form, topics) {
    const { subscriptions } = topics.get(form.need('TopicArn'));
    return [element('Subscriptions', Array.from(subscriptions.values(), subscriptionElement))];
  },
  Publish: (form, topics) => publishedElements(publish(form.need('TopicArn'), form, topics)),
  PublishBatch: publishBatch,
};

function publishBatch(form: QueryForm, topics: Topics): string[] {
  const topicArn = form.need('TopicArn');
  topics.get(topicArn);
  const published = new Map<string, Published>();
  const entries = form.list('PublishBatchRequestEntries').map((entry) => ({ Id: entry.need('Id'), entry }));
  const { Failed } = runBatch(entries, ({ Id, entry }) => void published.set(Id, publish(topicArn, entry, topics)));
  const done = Array.from(published, ([Id, result]) =>
    element('member', [textElement('Id', Id), ...publishedElements(result)]),
  );
  const failed = Failed.map((failure) => element('member', textElements({ ...failure })));
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
  return textElements({ MessageId: messageId, SequenceNumber: sequenceNumber });
}

function subscriptionElement({ arn, topicArn, endpoint }: Subscription): string {
  const Owner = topicArn.split(':')[4];
  const texts = { SubscriptionArn: arn, TopicArn: topicArn, Protocol: 'sqs', Endpoint: endpoint, Owner };
  return element('member', textElements(texts));
}

function attributesElement(attributes: Readonly<Record<string, string>>): string {
  const entries = Object.entries(attributes).map(([key, value]) => element('entry', textElements({ key, value })));
  return element('Attributes', entries);
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
