import type { Publication, Published } from './topic.js';

/**
 * The envelope of a delivery that is not raw (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). It
 * is not signed.
 */
export function notificationBody(
  { message, subject, attributes }: Publication,
  { messageId, sequenceNumber, topicArn, atMs }: Published & { topicArn: string; atMs: number },
): string {
  const told = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
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
    ...(told.length === 0 ? {} : { MessageAttributes: Object.fromEntries(told) }),
  });
}
