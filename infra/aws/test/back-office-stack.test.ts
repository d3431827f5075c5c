import { isDeepStrictEqual } from 'node:util';
import { nameInStage } from '@swipegate/contract';
import { COMMAND_REDIRECT_URI } from '@swipegate/contract/back-office/command-sign-in';
import { CONSOLE_MAY } from '@swipegate/http/sign-in/console-origin';
import { AdminSchema } from '@swipegate/lambdas/admin/environment';
import { ChangeApplySchema } from '@swipegate/lambdas/change-apply/environment';
import { ChangeImportSchema } from '@swipegate/lambdas/change-import/environment';
import { ChangeStoreSchema } from '@swipegate/lambdas/change-store/environment';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { buckets, queueMappings, queues, topics } from '../../resources.js';
import { readSettings } from '../constructs/settings.js';
import { CONSOLE, DOMAIN, synthesised } from './synthesised.js';

function backOfficeOf(env: Record<string, string> = {}) {
  const { app, backOffice } = synthesised({ ...CONSOLE, ...env });
  if (backOffice === undefined) throw new Error('no back office');
  return { app, template: Template.fromStack(backOffice) };
}

// Shared by most tests: synthesising takes seconds.
const { app: plain, template } = backOfficeOf();

const SCHEMAS = {
  admin: AdminSchema,
  'change-apply': ChangeApplySchema,
  'change-import': ChangeImportSchema,
  'change-store': ChangeStoreSchema,
};
const ORIGIN = `https://${CONSOLE.SWIPEGATE_CONSOLE_DOMAIN}`;

/** Logical id of the only resource of a type with these properties. */
function idOf(type: string, properties: Record<string, unknown>): string {
  const ids = Object.keys(template.findResources(type, { Properties: properties }));
  if (ids[0] === undefined || ids.length > 1) throw new Error(`${ids.length} of ${type} ${JSON.stringify(properties)}`);
  return ids[0];
}

const named = (name: string) => nameInStage(name, 'production');
const queueId = (name: string) => idOf('AWS::SQS::Queue', { QueueName: named(name) });
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

t.test('no cdk-nag findings, with and without an account and an API domain', async (t) => {
  t.ok(plain.synth().stacks.some(({ stackName }) => stackName.endsWith('-back-office')));
  const withDomain = backOfficeOf({ AWS_ACCOUNT: '123456789012', SWIPEGATE_ADMIN_DOMAIN: 'admin.example.com' });
  t.ok(withDomain.app.synth());
  withDomain.template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  withDomain.template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'admin.example.com',
    DomainNameConfigurations: [Match.objectLike({ SecurityPolicy: 'TLS_1_2' })],
  });
  withDomain.template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'admin.example.com.' });
  withDomain.template.hasOutput('ApiUrl', { Value: 'https://admin.example.com' });
  template.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
});

t.test('queues: timeouts and dead letters of the local cloud; encrypted, TLS only', async (t) => {
  template.resourceCountIs('AWS::SQS::Queue', Object.keys(queues).length);
  for (const { name, fifo, visibilitySeconds, deadLetter } of Object.values(queues)) {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: named(name),
      FifoQueue: fifo ? true : Match.absent(),
      VisibilityTimeout: visibilitySeconds,
      SqsManagedSseEnabled: true,
      RedrivePolicy:
        deadLetter === undefined
          ? Match.absent()
          : {
              deadLetterTargetArn: arnOf(queueId(queues[deadLetter.queue].name)),
              maxReceiveCount: deadLetter.maxReceives,
            },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queueId(name) }],
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Action: 'sqs:*' })]),
      },
    });
    t.pass(name);
  }
});

t.test(
  'dead-letter queues keep messages longer than their sources, because age counts from the first send',
  async (t) => {
    const kept = (name: string): number =>
      template.findResources('AWS::SQS::Queue')[queueId(name)]?.['Properties'].MessageRetentionPeriod;
    for (const { name, deadLetter } of Object.values(queues)) {
      if (deadLetter !== undefined) t.ok(kept(queues[deadLetter.queue].name) > kept(name), name);
    }
  },
);

t.test('the topic delivers messages unchanged and in order, and is encrypted', async (t) => {
  const { name, queues: subscribers } = topics.changes;
  template.hasResourceProperties('AWS::SNS::Topic', {
    TopicName: named(name),
    FifoTopic: true,
    ContentBasedDeduplication: Match.absent(),
    KmsMasterKeyId: Match.anyValue(),
  });
  template.resourceCountIs('AWS::SNS::Subscription', subscribers.length);
  for (const subscriber of subscribers) {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      RawMessageDelivery: true,
      Endpoint: arnOf(queueId(queues[subscriber].name)),
    });
    t.pass(subscriber);
  }
});

t.test('functions read their queues as the local runner does', async (t) => {
  template.resourceCountIs('AWS::Lambda::EventSourceMapping', Object.keys(queueMappings).length);
  for (const { functionName, queue, batchSize, timeoutMs, maximumConcurrency } of Object.values(queueMappings)) {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: arnOf(queueId(queues[queue].name)),
      FunctionName: { Ref: idOf('AWS::Lambda::Function', { Description: `Swipegate: ${functionName}` }) },
      BatchSize: batchSize,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: maximumConcurrency === undefined ? Match.absent() : { MaximumConcurrency: maximumConcurrency },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: `Swipegate: ${functionName}`,
      Timeout: timeoutMs / 1_000,
    });
    t.ok(queues[queue].visibilitySeconds * 1_000 >= 6 * timeoutMs, `${queue}: hidden for six timeouts`);
  }
});

t.test('buckets notify their queues, whose policies come first; the event store is versioned', async (t) => {
  for (const { versioned, expireDays, consoleMethods = [], notices } of Object.values(buckets)) {
    const queueConfigurations = notices.map(({ prefix, queue }) => ({
      Event: 's3:ObjectCreated:*',
      Queue: arnOf(queueId(queues[queue].name)),
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: prefix }] } },
    }));
    const policies = notices.map(({ queue }) =>
      idOf('AWS::SQS::QueuePolicy', { Queues: [{ Ref: queueId(queues[queue].name) }] }),
    );
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      DependsOn: Match.arrayWith(policies),
      Properties: {
        NotificationConfiguration: { QueueConfigurations: queueConfigurations },
        VersioningConfiguration: versioned ? { Status: 'Enabled' } : Match.absent(),
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            Match.objectLike({ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }),
          ],
        },
        PublicAccessBlockConfiguration: Match.objectLike({ RestrictPublicBuckets: true }),
        LoggingConfiguration: Match.anyValue(),
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike(
              expireDays === undefined ? { ExpirationInDays: Match.absent() } : { ExpirationInDays: expireDays },
            ),
          ]),
        },
        CorsConfiguration:
          consoleMethods.length === 0
            ? Match.absent()
            : { CorsRules: [Match.objectLike({ AllowedOrigins: [ORIGIN], AllowedMethods: consoleMethods })] },
      },
    });
    t.pass(notices[0]?.prefix ?? '');
  }
  const senders = Object.values(template.findResources('AWS::SQS::QueuePolicy')).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow'),
  );
  t.equal(senders.length, 3, 'S3 into two queues, SNS into one');
  for (const { Action, Condition } of senders) {
    t.equal(Action, 'sqs:SendMessage');
    t.ok(Condition, 'of this account, or of the topic');
  }
});

t.test('each function gets every variable its schema requires, and no unknown one', async (t) => {
  for (const [name, { properties, required = [] }] of Object.entries(SCHEMAS)) {
    const [made] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Description: `Swipegate: ${name}` } }),
    );
    const variables: Record<string, unknown> = made?.['Properties'].Environment.Variables;
    const { NODE_OPTIONS, ...own } = variables;
    for (const variable of Object.keys(own)) t.ok(variable in properties, `${name} knows ${variable}`);
    const needed = required.filter((variable) => Reflect.get(properties, variable).default === undefined);
    for (const variable of needed) t.ok(variable in own, `${name} gets ${variable}`);
    // AWS generates bucket names; the default is the local cloud's name.
    for (const variable of Object.keys(properties)) {
      if (variable.endsWith('_BUCKET')) t.ok(variable in own, `${name} gets ${variable}`);
    }
  }
});

/** Actions that a function's role allows, except those on its log. */
function actionsOf(id: string): string[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes(`"${id}Role`),
  );
  const actions = policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  return Array.from(new Set<string>(actions.filter((action: string) => !action.startsWith('logs:')))).sort();
}

t.test('change-apply may heal a row of presence, and count who is inside', async (t) => {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes('"ChangeApplyRole'),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const actions = statements.flatMap(({ Action, Resource }) =>
    /Presence/i.test(JSON.stringify(Resource)) ? Action : [],
  );
  t.ok(actions.includes('dynamodb:UpdateItem'), String(actions));
  const indexed = statements.filter(({ Resource }) => /Presence.*index\/by-building/i.test(JSON.stringify(Resource)));
  t.match(indexed, [{ Action: 'dynamodb:Query' }]);
});

t.test('the admin API may list the unknown cards of readers, and write none', async (t) => {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes('"AdminRole'),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const ofContacts = statements.filter(({ Resource }) => /ReaderContacts/i.test(JSON.stringify(Resource)));
  t.match(ofContacts, [{ Action: 'dynamodb:Query' }]);
  t.equal(ofContacts.length, 1);
});

t.test('each function may call only what its code calls', async (t) => {
  const consumes = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
  t.strictSame(actionsOf('ChangeStore'), [
    'dynamodb:UpdateItem',
    'kms:GenerateDataKey',
    's3:ListBucket',
    's3:PutObject',
    ...consumes,
    'sqs:SendMessage',
  ]);
  t.strictSame(actionsOf('ChangeApply'), [
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:PartiQLInsert',
    'dynamodb:PartiQLUpdate',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    ...consumes,
  ]);
  t.strictSame(actionsOf('ChangeImport'), [
    'dynamodb:BatchGetItem',
    'dynamodb:Query',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    's3:GetObject',
    's3:PutObject',
    'sns:Publish',
    ...consumes,
  ]);
  t.strictSame(actionsOf('Admin'), [
    'dynamodb:BatchGetItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    'sns:Publish',
  ]);
});

t.test('an import is uploaded, previewed and applied: who may read and write which objects', async (t) => {
  const [name = ''] = Object.keys(
    template.findResources('AWS::S3::Bucket', { Properties: { CorsConfiguration: Match.anyValue() } }),
  );
  const may = (role: string, action: string, key: string) => {
    const ofKey = { 'Fn::Join': ['', [arnOf(name), `/${key}*`]] };
    return Object.values(template.findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${role}Role`))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .some(
        ({ Action, Resource }: { Action: unknown; Resource: unknown }) =>
          [Action].flat().includes(action) && [Resource].flat().some((one) => isDeepStrictEqual(one, ofKey)),
      );
  };
  // The decision to apply a preview lies beside its file, the preview beside the result.
  for (const [role, action, key] of [
    ['Admin', 's3:PutObject', 'imports/'],
    ['Admin', 's3:GetObject', 'imports/'],
    ['Admin', 's3:GetObject', 'import-results/'],
    ['ChangeImport', 's3:GetObject', 'imports/'],
    ['ChangeImport', 's3:PutObject', 'import-results/'],
  ] as const) {
    t.ok(may(role, action, key), `${role} ${action} ${key}`);
  }
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('"ChangeImportRole'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  for (const [action, table] of [
    ['dynamodb:Query', /site/i],
    ['dynamodb:BatchGetItem', /cards/i],
    ['dynamodb:BatchGetItem', /employees/i],
  ] as const) {
    const isAllowed = statements.some(
      ({ Action, Resource }) => [Action].flat().includes(action) && table.test(JSON.stringify(Resource)),
    );
    t.ok(isAllowed, `a preview reads ${table} by ${action}`);
  }
  t.notOk(may('Admin', 's3:PutObject', 'import-results/'), 'only the import function says what it found');
  t.notOk(may('ChangeImport', 's3:PutObject', 'imports/'), 'only users decide to apply a preview');
});

t.test('only change-store may write events', async (t) => {
  const events = arnOf(idOf('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }));
  const ofEvents = { 'Fn::Join': ['', [events, '/events/*']] };
  const writers = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.some(
      ({ Action, Resource }: { Action: unknown; Resource: unknown }) =>
        [Action].flat().includes('s3:PutObject') && [Resource].flat().some((one) => isDeepStrictEqual(one, ofEvents)),
    ),
  );
  t.strictSame(
    writers.map(([id]) => id.replace(/RoleDefaultPolicy.*/, '')),
    ['ChangeStore'],
  );
});

t.test('no policy allows all actions or all resources', async (t) => {
  let statements = 0;
  for (const [id, { Properties }] of Object.entries(template.findResources('AWS::IAM::Policy'))) {
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      statements += 1;
      for (const action of [Action].flat()) t.notMatch(action, /\*/, `${id}: ${action}`);
      for (const resource of [Resource].flat()) t.not(resource, '*', id);
    }
  }
  t.ok(statements > 20, `${statements} statements`);
});

t.test('sign-in: only users that an operator created, by authorization code, back to the console only', async (t) => {
  template.hasResource('AWS::Cognito::UserPool', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12, RequireSymbols: true }) },
    },
  });
  template.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    AllowedOAuthFlows: ['code'],
    GenerateSecret: false,
    // And to a command on the user's own machine.
    CallbackURLs: [`${ORIGIN}/`, COMMAND_REDIRECT_URI],
    LogoutURLs: [`${ORIGIN}/`],
    PreventUserExistenceErrors: 'ENABLED',
    EnableTokenRevocation: true,
    RefreshTokenRotation: Match.objectLike({ Feature: 'ENABLED' }),
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
  });
  t.pass();
});

t.test('the API: all routes but two require a token issued to the console; no route handles OPTIONS', async (t) => {
  const client = idOf('AWS::Cognito::UserPoolClient', {});
  const pool = idOf('AWS::Cognito::UserPool', {});
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerType: 'JWT',
    JwtConfiguration: {
      Audience: [{ Ref: client }],
      Issuer: { 'Fn::Join': ['', Match.arrayWith(['/', { Ref: pool }])] },
    },
  });
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
  t.strictSame(
    routes.filter(({ AuthorizationType }) => AuthorizationType === 'JWT').map(({ RouteKey }) => RouteKey),
    CONSOLE_MAY.methods.map((method) => `${method} /v1/{path+}`),
  );
  t.strictSame(
    routes.filter(({ AuthorizationType }) => AuthorizationType !== 'JWT').map(({ RouteKey }) => RouteKey),
    ['GET /healthz', 'GET /openapi.json'],
  );
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
    CorsConfiguration: {
      AllowOrigins: [ORIGIN],
      AllowMethods: CONSOLE_MAY.methods,
      AllowHeaders: CONSOLE_MAY.headers,
      ExposeHeaders: CONSOLE_MAY.exposed,
      MaxAge: CONSOLE_MAY.preflightSeconds,
    },
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    AccessLogSettings: {
      Format: Match.not(Match.stringLikeRegexp('[Aa]uthorization|[Bb]ody')),
      DestinationArn: Match.anyValue(),
    },
    DefaultRouteSettings: { ThrottlingRateLimit: Match.anyValue(), ThrottlingBurstLimit: Match.anyValue() },
  });
});

t.test('settings: names are in one zone, the API needs a console, CloudFront needs a certificate', async (t) => {
  const { SWIPEGATE_CONSOLE_DOMAIN, SWIPEGATE_CONSOLE_CERTIFICATE, SWIPEGATE_ZONE_ID } = CONSOLE;
  t.match(readSettings({ ...CONSOLE, ...DOMAIN, SWIPEGATE_ADMIN_DOMAIN: 'admin.example.com' }), CONSOLE);
  t.match(readSettings({ SWIPEGATE_CONSOLE_DOMAIN, SWIPEGATE_ZONE_ID, SWIPEGATE_CONSOLE_HOSTING: 'ec2' }), {});
  for (const [env, naming] of [
    [{ SWIPEGATE_CONSOLE_DOMAIN, SWIPEGATE_CONSOLE_CERTIFICATE }, /^SWIPEGATE_ZONE_ID is not set: .*CONSOLE_DOMAIN/],
    [{ SWIPEGATE_ZONE_ID }, /^SWIPEGATE_ZONE_ID is set, but none of/],
    [{ SWIPEGATE_CONSOLE_DOMAIN, SWIPEGATE_ZONE_ID }, /^SWIPEGATE_CONSOLE_CERTIFICATE is not set/],
    [{ ...DOMAIN, SWIPEGATE_ADMIN_DOMAIN: 'admin.example.com' }, /^SWIPEGATE_ADMIN_DOMAIN needs/],
    [{ ...CONSOLE, SWIPEGATE_ADMIN_DOMAIN: 'admin.example.org' }, /must be in one zone/],
    [{ ...CONSOLE, SWIPEGATE_ADMIN_DOMAIN: SWIPEGATE_CONSOLE_DOMAIN }, /must be different names/],
    [
      { ...CONSOLE, SWIPEGATE_CONSOLE_CERTIFICATE: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a' },
      /SWIPEGATE_CONSOLE_CERTIFICATE\S*: must be the ARN of a certificate/,
    ],
    [{ ...CONSOLE, SWIPEGATE_CONSOLE_HOSTING: 'ftp' }, /SWIPEGATE_CONSOLE_HOSTING\S*: must be one of cloudfront, ec2/],
  ] as const) {
    t.throws(() => readSettings(env), { code: 'ENVIRONMENT_INVALID', message: naming });
  }
});
