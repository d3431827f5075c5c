import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAVED_QUERIES } from '@swipegate/commands/query/saved-queries';
import { Decision, nameInStage } from '@swipegate/contract';
import { ARCHIVED, columnName } from '@swipegate/lambdas/stores/archive/layout';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { decideMapping, interfaceEndpoints, streams, tables } from '../../resources.js';
import { readSettings } from '../constructs/settings.js';
import { NetworkStack } from '../network/network-stack.js';
import { checkRegion, remarksOn } from '../synth.js';
import { CONSOLE, DOMAIN, synthesised } from './synthesised.js';

// Shared by most tests: synthesising takes seconds.
const plain = synthesised();
const DECISIONS = nameInStage(tables.decisions.name, 'production');

const STATEFUL = new Set([
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::GlobalTable',
  'AWS::KMS::Key',
  'AWS::Kinesis::Stream',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
]);

/** All resources of a deployment, with their stack and logical id. */
function resourcesOf(env: Record<string, string>) {
  const stacks = synthesised(env).app.node.children.filter((child) => child instanceof Stack);
  return stacks.flatMap((stack) => {
    const { Resources } = Template.fromStack(stack).toJSON();
    return Object.keys(Resources).map((id) => ({ id, place: `${stack.stackName} ${id}`, resource: Resources[id] }));
  });
}

t.test('synthesises without an account or network access, and without cdk-nag findings', async (t) => {
  // synth throws on an unacknowledged finding.
  const { stacks } = plain.app.synth();
  t.same(
    stacks.map(({ stackName }) => stackName).sort(),
    ['archive', 'dashboard', 'data', 'decide', 'network', 'streams'].map((name) => `swipegate-production-${name}`),
  );
});

t.test('CDK finds no mistake in the template of any stack', async (t) => {
  const { app } = synthesised({ ...DOMAIN, ...CONSOLE, SWIPEGATE_STAGE: 'checked' });
  delete process.env['CDK_VALIDATION'];
  t.teardown(() => {
    process.env['CDK_VALIDATION'] = 'false';
  });
  const { directory } = app.synth();
  const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
  const found = pluginReports.flatMap(({ violations }: { violations: object[] }) => violations);
  t.same(found, []);
});

t.test('tables: the same keys, indexes and time to live as in the local cloud', async (t) => {
  const template = Template.fromStack(plain.data);
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', Object.keys(tables).length);
  for (const { name, partitionKey, sortKey, timeToLive, indexes = [] } of Object.values(tables)) {
    const key = (hash: string, range: string | undefined) => [
      { AttributeName: hash, KeyType: 'HASH' },
      ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
    ];
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: nameInStage(name, 'production'),
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: key(partitionKey, sortKey),
        ...(timeToLive === undefined ? {} : { TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true } }),
        ...(indexes.length === 0
          ? {}
          : {
              GlobalSecondaryIndexes: indexes.map((index) => ({
                IndexName: index.name,
                KeySchema: key(index.partitionKey, index.sortKey),
                Projection:
                  index.include === undefined
                    ? { ProjectionType: 'ALL' }
                    : index.include.length === 0
                      ? { ProjectionType: 'KEYS_ONLY' }
                      : { ProjectionType: 'INCLUDE', NonKeyAttributes: index.include },
              })),
            }),
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: false,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
    t.pass(name);
  }
});

t.test('decisions: class by the days they stay, recovery as configured; other tables keep both', async (t) => {
  const decisions = (env: Record<string, string>, table: object) => {
    const template = Template.fromStack(synthesised(env).data);
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', { TableName: DECISIONS, ...table });
    const rare = { Replicas: [Match.objectLike({ TableClass: 'STANDARD_INFREQUENT_ACCESS' })] };
    return Object.keys(template.findResources('AWS::DynamoDB::GlobalTable', { Properties: rare })).length;
  };
  const replica = (isRare: boolean, recovery: boolean) => ({
    Replicas: [
      Match.objectLike({
        TableClass: isRare ? 'STANDARD_INFREQUENT_ACCESS' : 'STANDARD',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery },
      }),
    ],
  });
  t.equal(decisions({}, replica(true, true)), 1, 'no other table has the class');
  t.equal(decisions({ SWIPEGATE_DECISION_DAYS: '59' }, replica(false, true)), 0);
  const cheap = { SWIPEGATE_DECISION_DAYS: '60', SWIPEGATE_DECISION_RECOVERY: 'no' };
  t.equal(decisions(cheap, replica(true, false)), 1);
  const others = Object.values(
    Template.fromStack(synthesised(cheap).data).findResources('AWS::DynamoDB::GlobalTable'),
  ).filter(({ Properties }) => Properties.TableName !== DECISIONS);
  for (const { Properties } of others)
    t.match(Properties.Replicas, [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }]);
  Template.fromStack(synthesised(cheap).decide).hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Swipegate: decide',
    Environment: { Variables: Match.objectLike({ DECISION_KEEP_DAYS: '60' }) },
  });
});

t.test('SWIPEGATE_HELD_SWIPES gives decisions and presence provisioned capacity, and no other table', async (t) => {
  const { app, data } = synthesised({ SWIPEGATE_HELD_SWIPES: '1000' });
  t.ok(app.synth(), 'without cdk-nag findings');
  const provisioned = Object.values(Template.fromStack(data).findResources('AWS::DynamoDB::GlobalTable')).filter(
    ({ Properties }) => Properties.BillingMode === 'PROVISIONED',
  );
  t.same(
    provisioned.map(({ Properties }) => Properties.TableName).sort(),
    [DECISIONS, nameInStage(tables.presence.name, 'production')].sort(),
  );
  for (const { Properties } of provisioned) {
    const scaled = (MinCapacity: number) => ({
      MinCapacity,
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 },
    });
    t.match(Properties.WriteProvisionedThroughputSettings, { WriteCapacityAutoScalingSettings: scaled(1_429) });
    t.match(Properties.Replicas, [
      { ReadProvisionedThroughputSettings: { ReadCapacityAutoScalingSettings: scaled(1_429) } },
    ]);
    for (const index of Properties.GlobalSecondaryIndexes)
      t.match(index.WriteProvisionedThroughputSettings, { WriteCapacityAutoScalingSettings: scaled(1_429) });
    for (const index of Properties.Replicas[0].GlobalSecondaryIndexes)
      t.match(index.ReadProvisionedThroughputSettings, { ReadCapacityAutoScalingSettings: scaled(200) });
  }
});

t.test('streams: retention of the local cloud, encrypted; shards as configured, or on demand', async (t) => {
  const provisioned = Template.fromStack(synthesised({ SWIPEGATE_SWIPE_SHARDS: '7' }).streams);
  const stream = (name: string, more: object) => ({
    Name: nameInStage(name, 'production'),
    StreamEncryption: { EncryptionType: 'KMS', KeyId: Match.anyValue() },
    ...more,
  });
  provisioned.hasResourceProperties(
    'AWS::Kinesis::Stream',
    stream(streams.swipes.name, { ShardCount: 7, RetentionPeriodHours: streams.swipes.retentionHours }),
  );
  provisioned.hasResourceProperties(
    'AWS::Kinesis::Stream',
    stream(streams.decisions.name, { ShardCount: streams.decisions.shards }),
  );
  const onDemand = Template.fromStack(synthesised({ SWIPEGATE_CAPACITY: 'on-demand' }).streams);
  onDemand.allResourcesProperties('AWS::Kinesis::Stream', {
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    ShardCount: Match.absent(),
  });
  provisioned.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  t.pass();
});

t.test('decide gets a young generation large enough for a batch', async () => {
  Template.fromStack(plain.decide).hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Swipegate: decide',
    Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps --max-semi-space-size=64' } },
  });
});

t.test('decide reads the stream as the local runner does', async (t) => {
  const template = Template.fromStack(plain.decide);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: decideMapping.batchSize,
    MaximumBatchingWindowInSeconds: decideMapping.maximumBatchingWindowMs / 1_000,
    MaximumRetryAttempts: decideMapping.maximumRetryAttempts,
    BisectBatchOnFunctionError: decideMapping.bisectBatchOnFunctionError,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    // With more than one batch per shard in flight, a card's swipes could overtake each other.
    ParallelizationFactor: 1,
    DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DecideConsumer'), 'ConsumerARN'] },
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Swipegate: decide',
    Architectures: ['arm64'],
    Timeout: decideMapping.functionTimeoutMs / 1_000,
    Handler: 'index.handler',
  });
  template.resourceCountIs('AWS::Lambda::Function', 3);
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
  t.pass();
});

t.test('the network uses the zones that the region has for the account, without a lookup', async (t) => {
  const zonesOf = (env: Record<string, string>) => {
    const app = new App();
    const settings = readSettings(env);
    const { AWS_REGION: region, AWS_ACCOUNT: account } = settings;
    const network = new NetworkStack(app, 'network', {
      settings,
      env: account === undefined ? { region } : { region, account },
    });
    const subnets = Object.values(Template.fromStack(network).findResources('AWS::EC2::Subnet'));
    t.equal(app.synth().manifest.missing, undefined, 'no context to look up');
    return subnets.map(({ Properties }) => Properties.AvailabilityZone);
  };
  const zone = (i: number) => ({ 'Fn::Select': [i, { 'Fn::GetAZs': '' }] });
  t.strictSame(zonesOf({}), [0, 1, 2, 0, 1, 2].map(zone));
  const two = { SWIPEGATE_ZONES: '2', AWS_REGION: 'us-west-1', AWS_ACCOUNT: '123456789012' };
  t.strictSame(zonesOf(two), [0, 1, 0, 1].map(zone));
  t.throws(() => readSettings({ SWIPEGATE_ZONES: '1' }), {
    message: /SWIPEGATE_ZONES=1: must be an integer from 2 to 3/,
  });
});

t.test('the network has endpoints for all called services, and no internet access', async (t) => {
  const template = Template.fromStack(plain.network);
  template.resourceCountIs('AWS::EC2::NatGateway', 0);
  const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) => ({
    service: /\.([a-z0-9-]+)"/.exec(JSON.stringify(Properties.ServiceName))?.[1],
    zones: Properties.SubnetIds?.length ?? 0,
  }));
  t.same(
    endpoints.sort((one, other) => String(one.service).localeCompare(String(other.service))),
    [
      { service: 'cloudformation', zones: 1 },
      { service: 'dynamodb', zones: 0 },
      { service: 'ec2', zones: 1 },
      { service: 'kinesis-streams', zones: 3 },
      { service: 'logs', zones: 3 },
      { service: 's3', zones: 0 },
      { service: 'ssm', zones: 3 },
      { service: 'ssmmessages', zones: 3 },
    ],
    'a service that nothing calls has no endpoint: each zone of one costs money by the hour',
  );
  t.equal(
    endpoints.reduce((sum, { zones }) => sum + zones, 0),
    Object.values(interfaceEndpoints).reduce((sum: number, zones) => sum + zones, 0),
    'npm run cost counts them all',
  );
  template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'REJECT' });
  t.pass();
});

t.test('the archive splits aggregated records, has a folder per day, and a column for every member', async (t) => {
  const template = Template.fromStack(synthesised({ SWIPEGATE_STAGE: 'two-words' }).archive);
  template.hasResourceProperties('AWS::S3::Bucket', {
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: {
      Rules: [Match.objectLike({ ExpirationInDays: 2_555, NoncurrentVersionExpiration: { NoncurrentDays: 30 } })],
    },
  });
  for (const kind of ['swipes', 'decisions']) {
    template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      ExtendedS3DestinationConfiguration: {
        Prefix: `${kind}/day=!{timestamp:yyyy-MM-dd}/!{timestamp:HH}/`,
        CompressionFormat: 'GZIP',
        ProcessingConfiguration: {
          Enabled: true,
          Processors: Match.arrayWith([Match.objectLike({ Type: 'RecordDeAggregation' })]),
        },
      },
    });
    template.hasResourceProperties('AWS::Glue::Table', {
      DatabaseName: 'swipegate_two_words',
      TableInput: {
        Name: kind,
        Parameters: { 'projection.enabled': 'true' },
        PartitionKeys: [{ Name: 'day', Type: 'string' }],
      },
    });
  }
  const columns = new Set(ARCHIVED.decisions.map(columnName));
  for (const member of Object.keys(Decision.properties)) t.ok(columns.has(member.toLowerCase()), member);
  template.hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      Name: 'swipes',
      StorageDescriptor: {
        Columns: Match.arrayWith([
          { Name: 'duress', Type: 'boolean' },
          { Name: 'receivedat', Type: 'string' },
          { Name: 'kind', Type: 'string' },
        ]),
      },
    },
  });
  template.resourceCountIs('AWS::Athena::NamedQuery', SAVED_QUERIES.length);
  template.hasResourceProperties('AWS::Athena::WorkGroup', {
    WorkGroupConfiguration: { EnforceWorkGroupConfiguration: true },
  });
  template.allResourcesProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicAcls: true }),
  });
});

t.test('saved queries are limited to days, and describe every parameter', async (t) => {
  for (const { name, sql, parameters, description } of SAVED_QUERIES) {
    t.match(sql, /day BETWEEN \? AND \?/, name);
    t.equal(sql.split('?').length - 1, parameters.length, name);
    // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
    t.ok(name.length <= 128 && description.length <= 1_024, name);
  }
});

t.test('no policy allows all actions or all resources', async (t) => {
  let statements = 0;
  for (const stack of [plain.network, plain.streams, plain.data, plain.decide, plain.archive]) {
    for (const [id, { Properties }] of Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))) {
      for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
        statements += 1;
        for (const action of [Action].flat()) t.notMatch(action, /\*/, `${id}: ${action}`);
        for (const resource of [Resource].flat()) t.not(resource, '*', id);
      }
    }
  }
  t.ok(statements > 10, `${statements} statements`);
});

t.test('decide may heal a row of presence and of zones, which the emulators do not check', async (t) => {
  const policies = Object.values(Template.fromStack(plain.decide).findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  for (const table of [/Presence/i, /ZoneState/i]) {
    const actions = statements.flatMap(({ Action, Resource }) => (table.test(JSON.stringify(Resource)) ? Action : []));
    t.ok(actions.includes('dynamodb:UpdateItem'), String(table));
  }
});

t.test('data stays if its stack is deleted; with SWIPEGATE_KEEP_DATA=no nothing stays', async (t) => {
  for (const hosting of ['cloudfront', 'ec2']) {
    const env = { ...DOMAIN, ...CONSOLE, SWIPEGATE_CONSOLE_HOSTING: hosting };
    const kept = resourcesOf(env).filter(({ resource }) => STATEFUL.has(resource['Type']));
    for (const { place, resource } of kept) {
      t.match(resource['DeletionPolicy'], /^Retain/, place);
      t.equal(resource['UpdateReplacePolicy'], 'Retain', place);
    }
    const kinds = new Set(kept.map(({ resource }) => resource['Type']));
    t.same(Array.from(kinds).sort(), Array.from(STATEFUL).sort(), 'the templates have each kind');

    const gone = resourcesOf({ ...env, SWIPEGATE_KEEP_DATA: 'no' });
    const emptied = new Set(
      gone.flatMap(({ resource: { Type, Properties } }) =>
        Type === 'Custom::S3AutoDeleteObjects' ? [Properties.BucketName.Ref] : [],
      ),
    );
    for (const { id, place, resource } of gone) {
      const { Type, DeletionPolicy = '', UpdateReplacePolicy = '', Properties = {} } = resource;
      t.notMatch(`${DeletionPolicy} ${UpdateReplacePolicy}`, /Retain|Snapshot/, place);
      if (STATEFUL.has(Type)) t.equal(DeletionPolicy, 'Delete', place);
      if (Type === 'AWS::S3::Bucket') t.ok(emptied.has(id), `${place} is emptied`);
      // Lambda makes a log group that no stack deletes, unless the function names one.
      if (Type === 'AWS::Lambda::Function') t.ok(Properties.LoggingConfig?.LogGroup, `${place}: log group`);
      if (Type === 'AWS::Athena::WorkGroup') t.equal(Properties.RecursiveDeleteOption, true, place);
      t.notMatch(
        JSON.stringify(Properties),
        /"DeletionProtection(Enabled)?":(true|"ACTIVE")|"DeleteOnTermination":false|deletion_protection.enabled","Value":"true"/,
        place,
      );
    }
  }
});

t.test('settings: errors name the variable and the allowed values', async (t) => {
  t.match(readSettings({}), { SWIPEGATE_STAGE: 'production', AWS_REGION: 'eu-central-1', SWIPEGATE_SWIPE_SHARDS: 2 });
  t.match(readSettings({ SWIPEGATE_SWIPE_SHARDS: '12', AWS_REGION: '' }), { SWIPEGATE_SWIPE_SHARDS: 12 });
  for (const [env, naming] of [
    [{ SWIPEGATE_CAPACITY: 'much' }, /SWIPEGATE_CAPACITY\S*: must be one of on-demand, provisioned/],
    [{ SWIPEGATE_SWIPE_SHARDS: '0' }, /SWIPEGATE_SWIPE_SHARDS\S*: must be an integer from 1 to 10000/],
    [{ SWIPEGATE_STAGE: 'My Stage' }, /SWIPEGATE_STAGE=My Stage: must be 1 to 21 lower-case letters, digits or -/],
    [{ SWIPEGATE_DECISION_DAYS: '0' }, /SWIPEGATE_DECISION_DAYS\S*: must be an integer from 1 to 36500/],
    [{ SWIPEGATE_DECISION_RECOVERY: 'maybe' }, /SWIPEGATE_DECISION_RECOVERY\S*: must be one of yes, no/],
    [{ SWIPEGATE_HELD_SWIPES: '-1' }, /SWIPEGATE_HELD_SWIPES\S*: must be an integer from 0 to 100000/],
    [{ AWS_REGION: 'Frankfurt' }, /AWS_REGION\S*: must be the name of a region, such as eu-central-1/],
  ] as const) {
    t.throws(() => readSettings(env), { code: 'ENVIRONMENT_INVALID', message: naming });
  }
});

t.test('settings: an unknown region is refused, and the synthesis says what the settings leave out', async (t) => {
  checkRegion({ AWS_REGION: 'ap-southeast-7' });
  t.throws(() => checkRegion({ AWS_REGION: 'eu-centrall-1' }), {
    code: 'ENVIRONMENT_INVALID',
    message: /^AWS_REGION=eu-centrall-1: .* Did you mean eu-central-1\? For a newer one, update aws-cdk-lib\.$/,
  });
  const all = {
    ...DOMAIN,
    ...CONSOLE,
    SWIPEGATE_DELETION_PROTECTION: 'yes',
    SWIPEGATE_ALARM_EMAIL: 'ops@example.com',
  };
  t.strictSame(remarksOn(readSettings(all)), []);
  for (const [env, remark] of [
    [{ SWIPEGATE_DELETION_PROTECTION: '' }, /^No deletion protection: .*SWIPEGATE_DELETION_PROTECTION=yes/],
    [{ SWIPEGATE_DOMAIN: '' }, /^No gateway stack: .*SWIPEGATE_DOMAIN/],
    [
      { SWIPEGATE_CONSOLE_DOMAIN: '', SWIPEGATE_CONSOLE_CERTIFICATE: '' },
      /^No back office: .*SWIPEGATE_CONSOLE_DOMAIN/,
    ],
    [{ SWIPEGATE_ALARM_EMAIL: '' }, /^No mail for alarms: .*SWIPEGATE_ALARM_EMAIL/],
    [{ AWS_REGION: 'us-west-1' }, /SWIPEGATE_ZONES=2/],
  ] as const) {
    const remarks = remarksOn(readSettings({ ...all, ...env }));
    t.equal(remarks.length, 1);
    t.match(remarks[0], remark);
  }
});
