import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { Change, compile } from '@swipegate/contract';
import type { AdminApi } from './admin-api.js';

const isChange = compile(Change);

/** Receives and deletes all changes in the store's queue, in order. */
export async function takePublished({
  services: { sqs },
  names,
}: AdminApi): Promise<{ group: string | undefined; change: Change }[]> {
  const QueueUrl = names.queueUrls.changes;
  const found: { group: string | undefined; change: Change }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return found;
    for (const { Body = '', ReceiptHandle, Attributes } of Messages) {
      const change: unknown = JSON.parse(Body);
      if (!isChange(change)) throw new Error(`The message is not a change: ${Body}`);
      found.push({ group: Attributes?.MessageGroupId, change });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
