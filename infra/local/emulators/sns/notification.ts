import type { Publication, Published } from './topic.js';

/**
 * Envelope of a delivery without RawMessageDelivery
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). Unlike on AWS it is not signed.
 */
export function notificationBody(
  { message, subject, attributes }: Publication,
  { messageId, sequenceNumber, topicArn, atMs }: Published & { topicArn: string; atMs: number },
): string {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? BinaryValue },
  ]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    SequenceNumber: sequenceNumber,
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    Timestamp: new Date(atMs).toISOString(),
    ...(entries.length === 0 ? {} : { MessageAttributes: Object.fromEntries(entries) }),
  });
}
