import { INDEXES, nameInStage, namespaceOf } from '@swipegate/contract';
import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { StreamConsumer } from 'aws-cdk-lib/aws-kinesis';
import { EventSourceMapping, type Function as LambdaFunctionResource, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { decideMapping, decideNodeOptions } from '../../resources.js';
import { type BundledFunctionProps, bundledFunction } from '../constructs/functions.js';
import { allow, allowKey, allowTable } from '../constructs/grants.js';
import type { Settings } from '../constructs/settings.js';
import { removalPolicy } from '../constructs/storage.js';
import type { Tables } from './data-stack.js';
import type { StreamsStack } from './streams-stack.js';

export interface DecideStackProps extends StackProps {
  settings: Settings;
  streams: StreamsStack;
  tables: Tables;
  bundles: string;
}

const MAX_BATCHES_A_SHARD = 1;
const DEAD_LETTER_DAYS = 14;

/** The functions decide (on the swipes stream), occupancy (each minute) and redrive (by hand). */
export class DecideStack extends Stack {
  readonly #bundles: string;
  readonly #settings: Settings;
  readonly decide: LambdaFunctionResource;
  readonly failed: Queue;

  constructor(scope: Construct, id: string, { settings, streams, tables, bundles, ...props }: DecideStackProps) {
    super(scope, id, props);
    this.#bundles = bundles;
    this.#settings = settings;
    this.failed = new Queue(this, 'Failed', {
      // Messages hold only positions of batches in the stream, not their records.
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      removalPolicy: removalPolicy(settings),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.failed).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'This is a dead-letter queue: the on-failure destination of the event source mapping.',
    });
    this.decide = this.#decide(streams, tables);
    this.#occupancy(tables);
    this.#redrive(streams, tables);
  }

  #decide({ swipes, decisions, key }: StreamsStack, tables: Tables): LambdaFunctionResource {
    const { SWIPEGATE_STAGE: stage, SWIPEGATE_DECISION_DAYS: days } = this.#settings;
    const decide = this.#function('decide', Duration.millis(decideMapping.functionTimeoutMs), {
      environment: {
        POWERTOOLS_METRICS_NAMESPACE: namespaceOf(stage),
        POWERTOOLS_SERVICE_NAME: 'decide',
        DECISION_KEEP_DAYS: String(days),
      },
      nodeOptions: decideNodeOptions,
    });
    allowTable(decide, tables.site, ['Query']);
    for (const table of [tables.cards, tables.employees]) allowTable(decide, table, ['BatchGetItem']);
    // UpdateItem heals a row that cannot be read.
    allowTable(decide, tables.presence, ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem']);
    allowTable(decide, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
    allowTable(decide, tables.zoneState, ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem']);
    allowTable(decide, tables.decisions, ['BatchGetItem', 'BatchWriteItem']);
    for (const table of [tables.doorEvents, tables.readerContacts, tables.unreadable]) {
      allowTable(decide, table, ['BatchWriteItem']);
    }
    allowTable(decide, tables.readerContacts, ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate']);
    allow(decide, ['kinesis:PutRecords'], [decisions.streamArn]);
    allowKey(decide, key, ['GenerateDataKey', 'Decrypt']);

    const streamConsumerName = nameInStage('decide', stage);
    const consumer = new StreamConsumer(this, 'DecideConsumer', { streamConsumerName, stream: swipes });
    allow(decide, ['kinesis:SubscribeToShard'], [consumer.streamConsumerArn]);
    const reads = ['DescribeStream', 'DescribeStreamSummary', 'GetRecords', 'GetShardIterator', 'ListShards'];
    allow(
      decide,
      reads.map((call) => `kinesis:${call}`),
      [swipes.streamArn],
    );
    new EventSourceMapping(this, 'DecideMapping', {
      target: decide,
      // Enhanced fan-out: records arrive within about 70 ms, outside the 2 MB/s that a shard's other readers share.
      eventSourceArn: consumer.streamConsumerArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: decideMapping.batchSize,
      maxBatchingWindow: Duration.millis(decideMapping.maximumBatchingWindowMs),
      retryAttempts: decideMapping.maximumRetryAttempts,
      bisectBatchOnError: decideMapping.bisectBatchOnFunctionError,
      reportBatchItemFailures: true,
      parallelizationFactor: MAX_BATCHES_A_SHARD,
      onFailure: new SqsDlq(this.failed),
    });
    this.failed.grantSendMessages(decide);
    return decide;
  }

  #occupancy(tables: Tables): void {
    const occupancy = this.#function('occupancy', Duration.seconds(30));
    allowTable(occupancy, tables.site, ['Query', 'Scan']);
    allowTable(occupancy, tables.presence, ['BatchGetItem']);
    allowTable(occupancy, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
    allowTable(occupancy, tables.occupancy, ['BatchWriteItem']);
    new Rule(this, 'EachMinute', {
      description: 'Counts people inside each building',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(occupancy, { retryAttempts: 2 })],
    });
  }

  /** Invoked by hand, after a fix: docs/runbook.md. */
  #redrive({ swipes, key }: StreamsStack, tables: Tables): void {
    const redrive = this.#function('redrive', Duration.minutes(15));
    allowTable(redrive, tables.unreadable, ['Scan', 'Query', 'BatchWriteItem']);
    allow(redrive, ['kinesis:PutRecords'], [swipes.streamArn]);
    allowKey(redrive, key, ['GenerateDataKey']);
  }

  #function(
    name: string,
    timeout: Duration,
    more: Pick<BundledFunctionProps, 'environment' | 'nodeOptions'> = {},
  ): LambdaFunctionResource {
    return bundledFunction(this, name, { settings: this.#settings, bundles: this.#bundles, timeout, ...more });
  }
}
