import type { Change } from '@swipegate/contract';
import type { SQSRecord } from 'aws-lambda';
import { changeOf } from '../../change-apply/test/example-changes.js';

export interface Sent {
  n: number;
  tenantId: string;
  /** ms since the epoch. */
  sentMs: number;
  body?: string;
}

/** Returns the nth change. */
export function nthChange(n: number, tenantId: string): Change {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return { ...changeOf({ type: 'change-card', action: 'lost', cardId: `card-${n}` }, id), tenantId };
}

/** Message as the FIFO queue delivers it: the tenant is the group, and later messages have greater sequence numbers. */
export function recordOf({ n, tenantId, sentMs, body = JSON.stringify(nthChange(n, tenantId)) }: Sent): SQSRecord {
  return {
    messageId: `message-${n}`,
    receiptHandle: '',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(sentMs),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(sentMs),
      MessageGroupId: tenantId,
      SequenceNumber: String(1_000 + n),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:changes.fifo',
    awsRegion: 'eu-central-1',
  };
}
