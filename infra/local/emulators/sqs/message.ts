import { createHash } from 'node:crypto';
import Type from 'typebox';

/** Message attribute in the format of the API; binary values are base64. */
export const MessageAttribute = Type.Object({
  DataType: Type.String({ pattern: '^(String|Number|Binary)' }),
  StringValue: Type.Optional(Type.String()),
  BinaryValue: Type.Optional(Type.String()),
});
export type MessageAttribute = Type.Static<typeof MessageAttribute>;
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface NewMessage {
  body: string;
  attributes?: MessageAttributes | undefined;
  groupId?: string | undefined;
  deduplicationId?: string | undefined;
  delaySeconds?: number | undefined;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** FIFO queues only. */
  readonly sequenceNumber?: string | undefined;
  readonly sentAtMs: number;
  /** ARN of the queue that dead-lettered it. */
  readonly deadLetterSourceArn?: string | undefined;
  receiveCount: number;
  firstReceivedAtMs?: number | undefined;
  /** Handle of the last receive. */
  receiptHandle?: string | undefined;
  /** End of its delay or visibility timeout, epoch ms; it cannot be received before. */
  hiddenUntilMs: number;
}

/** Form in which a message is kept. */
export const SavedMessage = Type.Object({
  id: Type.String(),
  body: Type.String(),
  attributes: Type.Record(Type.String(), MessageAttribute),
  groupId: Type.Optional(Type.String()),
  deduplicationId: Type.Optional(Type.String()),
  sequenceNumber: Type.Optional(Type.String()),
  sentAtMs: Type.Number(),
  deadLetterSourceArn: Type.Optional(Type.String()),
  receiveCount: Type.Number(),
  firstReceivedAtMs: Type.Optional(Type.Number()),
  receiptHandle: Type.Optional(Type.String()),
  hiddenUntilMs: Type.Number(),
});

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

const STRING_TYPE = 1;
const BINARY_TYPE = 2;

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
/** @returns undefined without attributes */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (value: string | Buffer) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = '', StringValue = '', BinaryValue } = attributes[name] ?? {};
    const isBinary = DataType.startsWith('Binary');
    add(name);
    add(DataType);
    hash.update(Buffer.of(isBinary ? BINARY_TYPE : STRING_TYPE));
    add(isBinary ? Buffer.from(BinaryValue ?? '', 'base64') : StringValue);
  }
  return hash.digest('hex');
}

/** Size of a message for MaximumMessageSize: body and attributes, bytes. */
export function sizeOf({ body, attributes = {} }: NewMessage): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue = '', BinaryValue = '' }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += Buffer.byteLength(StringValue) + Buffer.byteLength(BinaryValue, 'base64');
  }
  return size;
}
