import { SequenceNumbers } from '../protocol/fifo.js';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../protocol/local-account.js';
import type { Store } from '../protocol/store.js';
import type { Queues } from '../sqs/queues.js';
import type { QueueNotification } from './requests/notification-configuration.js';
import { type Bucket, NULL_VERSION, type ObjectVersion } from './storage/bucket.js';

/** Event names, without the prefix `s3:` of configurations. */
export type ObjectEventName = `ObjectCreated:${'Put' | 'Post'}` | `ObjectRemoved:${'Delete' | 'DeleteMarkerCreated'}`;

export class ObjectEvents {
  readonly #queues: Queues;
  readonly #now: () => number;
  readonly #sequencers: SequenceNumbers;

  constructor(queues: Queues, now: () => number, store: Store) {
    this.#queues = queues;
    this.#now = now;
    this.#sequencers = new SequenceNumbers(store, 'sequencer');
  }

  /** Sends an event to each queue configured for it. AWS may deliver later and more than once. */
  send(bucket: Bucket, name: ObjectEventName, version: ObjectVersion, requestId: string): void {
    const sequencer = BigInt(this.#sequencers.next()).toString(16).toUpperCase().padStart(18, '0');
    for (const notification of bucket.notifications) {
      if (!isWanted(notification, name, version.key)) continue;
      const record = this.#record(bucket, name, version, { requestId, sequencer, notification });
      this.#queues.findByArn(notification.queueArn)?.send({ body: JSON.stringify({ Records: [record] }) });
    }
  }

  /** AWS sends this event to each newly configured queue, so consumers must handle it. */
  sendTest(bucket: Bucket, requestId: string): void {
    const body = JSON.stringify({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: new Date(this.#now()).toISOString(),
      Bucket: bucket.name,
      RequestId: requestId,
      HostId: 'local',
    });
    for (const { queueArn } of bucket.notifications) this.#queues.findByArn(queueArn)?.send({ body });
  }

  /** Format: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
  #record(
    { name }: Bucket,
    eventName: ObjectEventName,
    { key, versionId, blob }: ObjectVersion,
    { requestId, sequencer, notification }: { requestId: string; sequencer: string; notification: QueueNotification },
  ): object {
    return {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: LOCAL_REGION,
      eventTime: new Date(this.#now()).toISOString(),
      eventName,
      userIdentity: { principalId: `AWS:${LOCAL_ACCOUNT}` },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': 'local' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: notification.id,
        bucket: { name, ownerIdentity: { principalId: LOCAL_ACCOUNT }, arn: `arn:aws:s3:::${name}` },
        object: {
          key: encodeKey(key),
          ...(blob === undefined ? {} : { size: blob.size, eTag: blob.md5 }),
          ...(versionId === NULL_VERSION ? {} : { versionId }),
          sequencer,
        },
      },
    };
  }
}

function isWanted({ events, prefix, suffix }: QueueNotification, name: ObjectEventName, key: string): boolean {
  const [kind] = name.split(':');
  const isNamed = events.some((event) => event === `s3:${name}` || event === `s3:${kind}:*`);
  return isNamed && key.startsWith(prefix) && key.endsWith(suffix);
}

/** Form-encodes a key (space becomes +), except for slashes. */
function encodeKey(key: string): string {
  return new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
}
