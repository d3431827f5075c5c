import { nameInStage } from '@swipegate/contract';
import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type StreamResource, streams } from '../../resources.js';
import type { Settings } from '../constructs/settings.js';
import { encryptionKey, removalPolicy } from '../constructs/storage.js';

/** The two streams and the key that encrypts them. */
export class StreamsStack extends Stack {
  readonly key: Key;
  readonly swipes: Stream;
  readonly decisions: Stream;
  readonly #settings: Settings;

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    this.#settings = settings;
    this.key = encryptionKey(this, settings, 'Swipes and decisions on their streams and in the archive');
    this.swipes = this.#stream('Swipes', { ...streams.swipes, shards: settings.SWIPEGATE_SWIPE_SHARDS });
    this.decisions = this.#stream('Decisions', streams.decisions);
  }

  #stream(id: string, { name, shards, retentionHours }: StreamResource): Stream {
    const isProvisioned = this.#settings.SWIPEGATE_CAPACITY === 'provisioned';
    const stream = new Stream(this, id, {
      streamName: nameInStage(name, this.#settings.SWIPEGATE_STAGE),
      streamMode: isProvisioned ? StreamMode.PROVISIONED : StreamMode.ON_DEMAND,
      ...(isProvisioned ? { shardCount: shards } : {}),
      retentionPeriod: Duration.hours(retentionHours),
      encryption: StreamEncryption.KMS,
      encryptionKey: this.key,
      removalPolicy: removalPolicy(this.#settings),
    });
    // Metrics per shard, for the dashboard: the sum hides a hot shard.
    const resource = stream.node.defaultChild;
    if (resource instanceof CfnStream) resource.desiredShardLevelMetrics = ['IncomingBytes'];
    Validations.of(stream).acknowledge({
      id: 'AwsSolutions::AwsSolutions-KDS3',
      reason:
        'A customer-managed key on purpose: reading swipes needs two permissions and is logged twice. npm run cost includes its price.',
    });
    return stream;
  }
}
