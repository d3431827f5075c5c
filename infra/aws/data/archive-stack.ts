import { SAVED_QUERIES } from '@swipegate/commands/query/saved-queries';
import {
  ARCHIVED,
  type ArchivedKind,
  archivePrefix,
  columnName,
  partitionProjection,
} from '@swipegate/lambdas/stores/archive/layout';
import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogStream } from 'aws-cdk-lib/aws-logs';
import { type Bucket, StorageClass } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { allow, allowKey } from '../constructs/grants.js';
import type { Settings } from '../constructs/settings.js';
import {
  accessLogs,
  encryptedBy,
  logAccess,
  newLogGroup,
  privateBucket,
  removalPolicy,
  resourceOf,
} from '../constructs/storage.js';
import type { StreamsStack } from './streams-stack.js';

/** Firehose writes a file at this size or after this time, whichever comes first. */
const FILE_MB = 128;
const FILE_SECONDS = 300;
const COLD_AFTER_DAYS = 90;
const COLD = {
  storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
  transitionAfter: Duration.days(COLD_AFTER_DAYS),
};
const RESULTS_DAYS = 30;
const NONCURRENT_DAYS = 30;
const LOGS_DAYS = 365;
/** Athena stops a query that reads more. 100 GB cost half a dollar. */
const MOST_READ_BYTES = 100e9;

/** Archive of all swipes and decisions: files in S3, queried with SQL. */
export class ArchiveStack extends Stack {
  readonly bucket: Bucket;
  readonly #settings: Settings;

  constructor(
    scope: Construct,
    id: string,
    { settings, streams, ...props }: StackProps & { settings: Settings; streams: StreamsStack },
  ) {
    super(scope, id, props);
    this.#settings = settings;
    const logs = accessLogs(this, settings, Duration.days(LOGS_DAYS));
    this.bucket = privateBucket(this, 'Archive', settings, {
      versioned: true,
      ...encryptedBy(streams.key),
      lifecycleRules: [
        {
          expiration: Duration.days(settings.SWIPEGATE_ARCHIVE_DAYS),
          // Expired objects stay as noncurrent versions behind a delete marker until this runs.
          noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
          ...(settings.SWIPEGATE_ARCHIVE_DAYS > COLD_AFTER_DAYS ? { transitions: [COLD] } : {}),
        },
      ],
    });
    const results = privateBucket(this, 'QueryResults', settings, {
      ...encryptedBy(streams.key),
      lifecycleRules: [{ expiration: Duration.days(RESULTS_DAYS) }],
    });
    for (const bucket of [this.bucket, results]) logAccess(bucket, logs);
    this.#deliver('swipes', streams.swipes, streams);
    this.#deliver('decisions', streams.decisions, streams);
    this.#catalogue();
    this.#workgroup(results, streams);
    new CfnOutput(this, 'ArchiveBucket', {
      value: this.bucket.bucketName,
      description: 'Archived swipes and decisions (ARCHIVE_BUCKET)',
    });
  }

  /** Delivers a stream to files of JSON lines, one folder per day and hour. Splits aggregated records. */
  #deliver(kind: ArchivedKind, stream: Stream, { key }: StreamsStack): void {
    const id = kind === 'swipes' ? 'Swipes' : 'Decisions';
    const role = new Role(this, `${id}Role`, { assumedBy: new ServicePrincipal('firehose.amazonaws.com') });
    const logGroup = newLogGroup(this, `${id}Errors`, this.#settings);
    const stays = removalPolicy(this.#settings);
    const logStream = new LogStream(this, `${id}ErrorStream`, { logGroup, removalPolicy: stays });
    const reads = ['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'];
    allow(role, reads, [stream.streamArn]);
    allow(
      role,
      [
        's3:AbortMultipartUpload',
        's3:GetBucketLocation',
        's3:GetObject',
        's3:ListBucket',
        's3:ListBucketMultipartUploads',
        's3:PutObject',
      ],
      [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
    );
    allow(role, ['logs:PutLogEvents'], [logGroup.logGroupArn]);
    allowKey(role, key, ['GenerateDataKey', 'Decrypt']);
    Validations.of(role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${this.getLogicalId(resourceOf(this.bucket))}.Arn>/*]`,
      reason: 'Objects of one bucket. Firehose chooses their names.',
    });
    const delivery = new CfnDeliveryStream(this, `${id}Delivery`, {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: stream.streamArn, roleArn: role.roleArn },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: archivePrefix(kind),
        errorOutputPrefix: `errors/${kind}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
        compressionFormat: 'GZIP',
        bufferingHints: { sizeInMBs: FILE_MB, intervalInSeconds: FILE_SECONDS },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
        processingConfiguration: {
          enabled: true,
          processors: [
            { type: 'RecordDeAggregation', parameters: [{ parameterName: 'SubRecordType', parameterValue: 'JSON' }] },
            { type: 'AppendDelimiterToRecord', parameters: [{ parameterName: 'Delimiter', parameterValue: '\\n' }] },
          ],
        },
      },
    });
    delivery.node.addDependency(role);
    Validations.of(delivery).acknowledge({
      id: 'AwsSolutions::AwsSolutions-KDF1',
      reason:
        'The source stream is encrypted; a delivery stream with a Kinesis source has no encryption setting of its own.',
    });
  }

  /** Athena tables. Partition projection computes folder names, so no hourly folder must be registered. */
  #catalogue(): void {
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: this.#database, description: 'Swipes and decisions' },
    });
    for (const [kind, columns] of Object.entries(ARCHIVED)) {
      const location = `s3://${this.bucket.bucketName}/${kind}/`;
      const table = new CfnTable(this, `${kind}Table`, {
        catalogId: this.account,
        databaseName: this.#database,
        tableInput: {
          name: kind,
          tableType: 'EXTERNAL_TABLE',
          parameters: { classification: 'json', compressionType: 'gzip', ...partitionProjection(location) },
          partitionKeys: [{ name: 'day', type: 'string' }],
          storageDescriptor: {
            location,
            inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
            outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
            // A producer may put invalid JSON on the stream; it must not fail a query.
            serdeInfo: {
              serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
              parameters: { 'ignore.malformed.json': 'true' },
            },
            columns: columns.map((column) => ({ name: columnName(column), type: column.type })),
          },
        },
      });
      table.addResourceDependency(database);
    }
  }

  #workgroup(results: Bucket, { key }: StreamsStack): void {
    const workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: this.stackName,
      description: 'Queries of the archive',
      // Without it, a workgroup with queries cannot be deleted.
      recursiveDeleteOption: this.#settings.SWIPEGATE_KEEP_DATA === 'no',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: MOST_READ_BYTES,
        resultConfiguration: {
          outputLocation: `s3://${results.bucketName}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    for (const [i, { name, description, sql: queryString }] of SAVED_QUERIES.entries()) {
      const shared = { database: this.#database, workGroup: this.stackName };
      const query = new CfnNamedQuery(this, `Query${i + 1}`, { ...shared, name, description, queryString });
      query.addResourceDependency(workgroup);
    }
  }

  /** Glue names allow no hyphen. */
  get #database(): string {
    return `swipegate_${this.#settings.SWIPEGATE_STAGE.replaceAll('-', '_')}`;
  }
}
