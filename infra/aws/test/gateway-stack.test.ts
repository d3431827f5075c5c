import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readConfig } from '@swipegate/gateway/config/config';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { GATEWAY_DISK_GB } from '../../resources.js';
import { consoleUnit } from '../console/console-unit.js';
import { readSettings } from '../constructs/settings.js';
import { PLACES, startScript, systemdUnit } from '../gateway/gateway-unit.js';
import { RESTART_DELAY_SCRIPT } from '../network/restart-delay.js';
import { CONSOLE, DOMAIN, synthesised } from './synthesised.js';

const CLIENT_CA = { SWIPEGATE_CLIENT_CA_BUCKET: 'acme-authorities', SWIPEGATE_CLIENT_CA_KEY: 'readers/2026.pem' };

function gatewayOf(env: Record<string, string> = {}) {
  const { app, gateway } = synthesised({ ...DOMAIN, ...env });
  if (gateway === undefined) throw new Error('no gateway stack');
  return { app, template: Template.fromStack(gateway) };
}

/** The start script in a stack's launch template, with REF in place of references. */
function userDataOf(template: Template): string {
  const [launch] = Object.values(template.findResources('AWS::EC2::LaunchTemplate'));
  const parts: unknown[] = launch?.['Properties'].LaunchTemplateData.UserData['Fn::Base64']['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : 'REF')).join('');
}

/** Settings of a unit file by section. */
function sectionsOf(unit: string): Record<string, Map<string, string>> {
  return Object.fromEntries(
    unit
      .split(/^\[/m)
      .slice(1)
      .map((section) => [
        section.slice(0, section.indexOf(']')),
        new Map(Array.from(section.matchAll(/^(\w+)=(.*)$/gm), ([, key = '', value = '']) => [key, value])),
      ]),
  );
}

// Shared by most tests: synthesising takes seconds.
const { app: plain, template } = gatewayOf();

t.test('no cdk-nag findings, with and without an account', async (t) => {
  t.ok(plain.synth().stacks.some(({ stackName }) => stackName.endsWith('-gateway')));
  t.ok(gatewayOf({ AWS_ACCOUNT: '123456789012' }).app.synth());
});

t.test('readers connect only by TLS, and reach gateways only through the load balancer', async (t) => {
  template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443,
    Protocol: 'HTTPS',
    SslPolicy: Match.stringLikeRegexp('TLS13'),
  });
  template.hasResourceProperties('AWS::CertificateManager::Certificate', {
    DomainName: DOMAIN.SWIPEGATE_DOMAIN,
    ValidationMethod: 'DNS',
  });
  template.hasResourceProperties('AWS::Route53::RecordSet', {
    Name: 'swipes.example.com.',
    HostedZoneId: DOMAIN.SWIPEGATE_ZONE_ID,
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 8080,
    ToPort: 8080,
    SourceSecurityGroupId: Match.anyValue(),
  });
  const open = Object.values(template.findResources('AWS::EC2::SecurityGroup')).flatMap(
    ({ Properties }) => Properties.SecurityGroupIngress ?? [],
  );
  t.same(
    open.map(({ FromPort, ToPort, CidrIp }) => [FromPort, ToPort, CidrIp]),
    [[443, 443, '0.0.0.0/0']],
    'no SSH, no other port',
  );
  template.hasResourceProperties('AWS::WAFv2::WebACL', {
    Rules: [Match.objectLike({ Statement: { RateBasedStatement: Match.objectLike({ AggregateKeyType: 'IP' }) } })],
  });
});

t.test('readers need a client certificate only if the authorities are configured', async (t) => {
  const { app, template: mutual } = gatewayOf(CLIENT_CA);
  mutual.hasResourceProperties('AWS::ElasticLoadBalancingV2::TrustStore', {
    CaCertificatesBundleS3Bucket: CLIENT_CA.SWIPEGATE_CLIENT_CA_BUCKET,
    CaCertificatesBundleS3Key: CLIENT_CA.SWIPEGATE_CLIENT_CA_KEY,
  });
  const [trustStore = 'none'] = Object.keys(mutual.findResources('AWS::ElasticLoadBalancingV2::TrustStore'));
  mutual.allResourcesProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Protocol: 'HTTPS',
    MutualAuthentication: {
      Mode: 'verify',
      TrustStoreArn: { 'Fn::GetAtt': [trustStore, 'TrustStoreArn'] },
      IgnoreClientCertificateExpiry: false,
    },
  });
  const logsConnections = { Key: 'connection_logs.s3.enabled', Value: 'true' };
  mutual.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: Match.arrayWith([logsConnections]),
  });
  t.ok(app.synth(), 'and without cdk-nag findings');

  template.resourceCountIs('AWS::ElasticLoadBalancingV2::TrustStore', 0);
  template.allResourcesProperties('AWS::ElasticLoadBalancingV2::Listener', { MutualAuthentication: Match.absent() });
  template.allResourcesProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: Match.not(Match.arrayWith([logsConnections])),
  });
});

const DEVICES = { SWIPEGATE_DEVICE_NETWORKS: '10.1.0.0/16,192.168.7.0/24', SWIPEGATE_DEVICE_TENANT: 'acme' };

t.test(
  'the device port is off, and if it is on, only the given networks reach it, with their own address',
  async (t) => {
    t.notMatch(userDataOf(template), /DEVICE_/);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 1);

    const { app, template: open } = gatewayOf(DEVICES);
    open.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Type: 'network',
      Scheme: 'internal',
      SecurityGroups: [Match.anyValue()],
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }]),
    });
    open.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 8090, Protocol: 'TCP' });
    open.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      Port: 8090,
      Protocol: 'TCP',
      TargetGroupAttributes: Match.arrayWith([{ Key: 'preserve_client_ip.enabled', Value: 'true' }]),
    });
    open.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      TargetGroupARNs: [Match.anyValue(), Match.anyValue()],
    });
    const [front = ''] = Object.keys(
      open.findResources('AWS::EC2::SecurityGroup', {
        Properties: { GroupDescription: Match.stringLikeRegexp('Devices') },
      }),
    );
    t.same(
      Object.values(open.findResources('AWS::EC2::SecurityGroup')).flatMap(({ Properties }) =>
        (Properties.SecurityGroupIngress ?? []).map(({ ToPort, CidrIp }: Record<string, unknown>) => [ToPort, CidrIp]),
      ),
      [
        [443, '0.0.0.0/0'],
        [8090, '10.1.0.0/16'],
        [8090, '192.168.7.0/24'],
      ],
    );
    open.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      ToPort: 8090,
      SourceSecurityGroupId: { 'Fn::GetAtt': [front, 'GroupId'] },
    });
    const environment = Object.fromEntries(
      Array.from(userDataOf(open).matchAll(/^Environment=(DEVICE_\w+)=(.*)$/gm), ([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    t.match(readConfig(environment), {
      DEVICE_PORT: 8090,
      DEVICE_HOST: '0.0.0.0',
      DEVICE_NETWORKS: DEVICES.SWIPEGATE_DEVICE_NETWORKS,
      DEVICE_TENANT: 'acme',
    });
    t.ok(app.synth(), 'and without cdk-nag findings');
  },
);

t.test('settings of the device port say what is allowed', async (t) => {
  const { SWIPEGATE_DEVICE_NETWORKS, SWIPEGATE_DEVICE_TENANT } = DEVICES;
  const many = Array.from({ length: 51 }, (_, i) => `10.${i}.0.0/16`).join();
  const wrong: [env: Record<string, string>, message: RegExp][] = [
    [{ SWIPEGATE_DEVICE_NETWORKS }, /^SWIPEGATE_DEVICE_NETWORKS needs SWIPEGATE_DOMAIN/],
    [{ ...DOMAIN, SWIPEGATE_DEVICE_TENANT }, /^SWIPEGATE_DEVICE_TENANT needs SWIPEGATE_DEVICE_NETWORKS/],
    [{ ...DOMAIN, ...DEVICES, SWIPEGATE_DEVICE_TENANT: 'a b' }, /SWIPEGATE_DEVICE_TENANT/],
    [{ ...DOMAIN, SWIPEGATE_DEVICE_NETWORKS: many }, /51 networks, and 50 are allowed/],
    ...['office', '::1/128', '10.0.0.0/16, 10.1.0.0/16'].map((text): [Record<string, string>, RegExp] => [
      { ...DOMAIN, SWIPEGATE_DEVICE_NETWORKS: text },
      /SWIPEGATE_DEVICE_NETWORKS=.*: must be IPv4 networks, separated by commas/,
    ]),
    ...['0.0.0.0/0', '10.1.0.0', '10.1.0.0/33', '10.1.0.256/24', '10.1.0.0/16/8'].map(
      (text): [Record<string, string>, RegExp] => [
        { ...DOMAIN, SWIPEGATE_DEVICE_NETWORKS: text },
        new RegExp(`^SWIPEGATE_DEVICE_NETWORKS: ${text} must be an IPv4 network with a prefix of 8 to 32 bits`),
      ],
    ),
  ];
  for (const [env, message] of wrong) {
    t.throws(() => readSettings(env), { code: 'ENVIRONMENT_INVALID', message }, JSON.stringify(env));
  }
});

t.test('the web ACL can be left out', async (t) => {
  gatewayOf({ SWIPEGATE_ADDRESS_LIMIT: 'no' }).template.resourceCountIs('AWS::WAFv2::WebACL', 0);
  template.resourceCountIs('AWS::WAFv2::WebACL', 1);
  t.pass();
});

t.test('the load balancer is created after the policy that lets it write logs', async (t) => {
  template.hasResource('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^AccessLogsPolicy')]),
  });
  t.pass();
});

t.test('client authorities need a bucket, a key and a load balancer', async (t) => {
  const { SWIPEGATE_CLIENT_CA_BUCKET, SWIPEGATE_CLIENT_CA_KEY } = CLIENT_CA;
  for (const [env, naming] of [
    [{ ...DOMAIN, SWIPEGATE_CLIENT_CA_BUCKET }, /^SWIPEGATE_CLIENT_CA_KEY is not set: set both .*, or neither/],
    [{ ...DOMAIN, SWIPEGATE_CLIENT_CA_KEY }, /^SWIPEGATE_CLIENT_CA_BUCKET is not set: set both .*, or neither/],
    [CLIENT_CA, /SWIPEGATE_CLIENT_CA_BUCKET needs SWIPEGATE_DOMAIN/],
    [
      { ...DOMAIN, ...CLIENT_CA, SWIPEGATE_CLIENT_CA_BUCKET: 's3://ours' },
      /SWIPEGATE_CLIENT_CA_BUCKET\S*: must be the name of a bucket/,
    ],
    [
      { ...DOMAIN, ...CLIENT_CA, SWIPEGATE_CLIENT_CA_KEY: '/readers.pem' },
      /SWIPEGATE_CLIENT_CA_KEY\S*: must be 1 to 1,024 characters, not starting with/,
    ],
  ] as const) {
    t.throws(() => readSettings(env), { code: 'ENVIRONMENT_INVALID', message: naming });
  }
});

t.test('instances: Graviton, IMDSv2, encrypted disks, drained before termination', async (t) => {
  const { template: sized } = gatewayOf({ SWIPEGATE_MIN_GATEWAYS: '3', SWIPEGATE_MAX_GATEWAYS: '9' });
  sized.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: Match.objectLike({
      InstanceType: 'c7g.large',
      MetadataOptions: Match.objectLike({ HttpTokens: 'required' }),
      BlockDeviceMappings: [
        Match.objectLike({
          Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: false, VolumeSize: GATEWAY_DISK_GB },
        }),
      ],
      KeyName: Match.absent(),
      TagSpecifications: Match.arrayWith([
        { ResourceType: 'volume', Tags: Match.arrayWith([{ Key: 'swipegate:stage', Value: 'production' }]) },
      ]),
    }),
  });
  sized.hasResource('AWS::AutoScaling::AutoScalingGroup', {
    Properties: { MinSize: '3', MaxSize: '9', HealthCheckType: 'ELB', HealthCheckGracePeriod: 600 },
  });
  sized.hasResourceProperties('AWS::AutoScaling::LifecycleHook', {
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  });
  sized.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', {
    TargetTrackingConfiguration: Match.objectLike({
      PredefinedMetricSpecification: Match.objectLike({ PredefinedMetricType: 'ALBRequestCountPerTarget' }),
    }),
  });
  sized.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPath: '/healthz',
    TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }]),
  });
  t.pass();
});

t.test(
  'an instance is in service only once it answers ready; otherwise the deployment stops and rolls back',
  async (t) => {
    const [id = ''] = Object.keys(template.findResources('AWS::AutoScaling::AutoScalingGroup'));
    // Else an instance may start without its rights, and the first create fails by chance.
    const rights = Object.keys(template.findResources('AWS::IAM::Policy'));
    template.hasResource('AWS::AutoScaling::AutoScalingGroup', { DependsOn: Match.arrayWith(rights) });
    template.hasResource('AWS::AutoScaling::AutoScalingGroup', {
      CreationPolicy: { ResourceSignal: { Count: 2, Timeout: 'PT15M' } },
      UpdatePolicy: {
        AutoScalingRollingUpdate: {
          MaxBatchSize: 1,
          MinInstancesInService: 2,
          WaitOnResourceSignals: true,
          PauseTime: 'PT15M',
          // A broken new instance must not be replaced while CloudFormation waits for it.
          SuspendProcesses: Match.arrayWith(['HealthCheck', 'ReplaceUnhealthy']),
        },
      },
    });
    const script = userDataOf(template);
    const checked = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    t.equal(checked.status, 0, checked.stderr);
    const lines = script.split('\n');
    const at = (line: RegExp) => lines.findIndex((each) => line.test(each));
    t.ok(at(/^systemctl enable --now swipegate-drain$/) > 0);
    t.ok(at(/^systemctl enable --now swipegate-drain$/) < at(/^dnf /), 'the drain works when a package is missing');
    t.ok(lines[at(/cfn-signal/)]?.includes(`--resource ${id} `), 'signals the group');
    t.match(lines[at(/cfn-signal/)], /-e \$exitCode/, 'the result of the script');
    const order = [
      at(/cfn-signal/),
      at(/^trap exitTrap EXIT/),
      at(/^set -euo pipefail$/),
      at(/^dnf install .*aws-cfn-bootstrap/),
      at(/^aws s3 cp /),
      at(/^systemctl enable --now swipegate$/),
      at(/^curl .*--fail .*--retry-all-errors http:\/\/127\.0\.0\.1:8080\/readyz$/),
      at(/^sleep 30$/),
    ];
    t.notOk(order.includes(-1), order.join());
    t.same(
      order,
      order.toSorted((a, b) => a - b),
    );
    t.equal(
      order.at(-1),
      lines.findLastIndex((line) => line !== ''),
      'nothing follows the check and the pause',
    );
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    });
  },
);

t.test('a gateway may register, keep and remove consumers of the decisions stream, and list them', async (t) => {
  const allowed = new Map<string, string>();
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      for (const action of [Action].flat())
        allowed.set(action, `${allowed.get(action) ?? ''}${JSON.stringify(Resource)}`);
    }
  }
  const calls = ['Register', 'Describe', 'Deregister'].map((verb) => `${verb}StreamConsumer`);
  for (const call of [...calls, 'TagResource', 'ListTagsForResource', 'SubscribeToShard']) {
    t.match(allowed.get(`kinesis:${call}`), /\/consumer\/swipegate-\S*\*"/, call);
  }
  t.match(allowed.get('kinesis:ListStreamConsumers'), /Decisions\w*Arn/, 'of the stream');
});

t.test('a drained instance may give up its disk, and only of its stage', async (t) => {
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'ec2:ModifyInstanceAttribute',
          Resource: [/:instance\/\*$/, /:volume\/\*$/].map(({ source }) => ({
            'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(source)])],
          })),
          Condition: { StringEquals: { 'aws:ResourceTag/swipegate:stage': 'production' } },
        }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: Match.objectLike({
      TagSpecifications: Match.arrayWith([
        { ResourceType: 'instance', Tags: Match.arrayWith([{ Key: 'swipegate:stage', Value: 'production' }]) },
        { ResourceType: 'volume', Tags: Match.arrayWith([{ Key: 'swipegate:stage', Value: 'production' }]) },
      ]),
    }),
  });
  t.pass();
});

t.test('no policy allows all actions or all resources', async (t) => {
  let statements = 0;
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      statements += 1;
      for (const action of [Action].flat()) t.notMatch(action, /\*/);
      for (const resource of [Resource].flat()) t.not(resource, '*');
    }
  }
  t.ok(statements > 10);
});

t.test('the unit sets valid variables, and lets the gateway write spool and log', async (t) => {
  const unit = systemdUnit({ PORT: '8080', SPOOL_DIRECTORY: PLACES.spool, DECISIONS_CONSUMER: 'fan-out' });
  const environment = Object.fromEntries(
    Array.from(unit.matchAll(/^Environment=(\w+)=(.*)$/gm), ([, name = '', value = '']) => [name, value]),
  );
  t.match(readConfig(environment), { PORT: 8080, SPOOL_DIRECTORY: PLACES.spool, DECISIONS_CONSUMER: 'fan-out' });
  const writable = /^ReadWritePaths=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
  for (const place of [PLACES.spool, PLACES.log])
    t.ok(
      writable.some((path) => place.startsWith(`${path}/`)),
      place,
    );
});

t.test('the units start again forever, with growing pauses, and systemd knows every setting', async (t) => {
  const units = { swipegate: systemdUnit({}), console: consoleUnit({ region: 'eu-central-1', logGroup: 'logs' }) };
  const installed = startScript({
    program: 's3://assets/gateway.zip',
    unit: units.swipegate,

    logGroup: 'logs',
  }).join('\n');
  const [, delay = ''] = /^cat > (\S+) <<'DELAY'$/m.exec(installed) ?? [];
  t.ok(installed.includes(`\n${RESTART_DELAY_SCRIPT}DELAY\nchmod 755 ${delay}\n`));
  for (const [name, unit] of Object.entries(units)) {
    const { Unit, Service } = sectionsOf(unit);
    t.equal(Unit?.get('StartLimitIntervalSec'), '0', `${name}: no limit`);
    t.equal(Service?.get('Restart'), 'always');
    t.match(unit, new RegExp(`^ExecStartPre=-${delay}$`, 'm'));
    t.ok(Service?.get('RuntimeDirectory'));
    t.equal(Service?.get('RuntimeDirectoryPreserve'), 'yes', 'remembers the last start');
    t.ok(Number(Service?.get('TimeoutStartSec')) > 60, 'systemd waits longer than the longest pause');
    const file = t.testdir({ [`${name}.service`]: unit });
    const verified = spawnSync('systemd-analyze', ['verify', join(file, `${name}.service`)], { encoding: 'utf8' });
    // Without systemd there is no second opinion. The programs are missing on this machine, which it says too.
    if (verified.error === undefined) t.notMatch(verified.stderr, new RegExp(`${name}\\.service:\\d+: `));
  }
  const stopMs = Number(sectionsOf(units.swipegate)['Service']?.get('TimeoutStopSec')) * 1_000;
  t.ok(stopMs > readConfig({}).SHUTDOWN_TIMEOUT_MS, 'systemd waits longer than the gateway needs to stop');
});

t.test('pauses between starts grow to a minute while runs end early, and begin anew after a long run', async (t) => {
  const folder = t.testdir({ delay: RESTART_DELAY_SCRIPT });
  const driver = `
    set -eu
    export now=1000
    date() { echo "$now"; }
    sleep() { echo "$1"; }
    export -f date sleep
    for run in 3 3 3 3 3 3 3 3 3 500 3 broken 3; do
      if [ "$run" = broken ]; then echo nonsense > "$RUNTIME_DIRECTORY/last-start"; continue; fi
      waited=$(bash "$RUNTIME_DIRECTORY/delay")
      echo "$waited"
      now=$((now + waited + run))
    done`;
  const { stdout, stderr } = spawnSync('bash', ['-c', driver], {
    encoding: 'utf8',
    env: { ...process.env, RUNTIME_DIRECTORY: folder },
  });
  t.same(stdout.trim().split('\n').map(Number), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 0, 0], stderr);
});

t.test('a domain needs its zone; without both there is no gateway stack', async (t) => {
  t.throws(() => readSettings({ SWIPEGATE_DOMAIN: 'swipes.example.com' }), { message: /Set both, or neither/ });
  t.throws(() => readSettings({ SWIPEGATE_MIN_GATEWAYS: '5', SWIPEGATE_MAX_GATEWAYS: '2' }), {
    message: /SWIPEGATE_MAX_GATEWAYS=2 must be above SWIPEGATE_MIN_GATEWAYS=5: .* to 6 or more/,
  });
  t.throws(
    () => readSettings({ SWIPEGATE_MIN_GATEWAYS: '3', SWIPEGATE_MAX_GATEWAYS: '3' }),
    { message: /must be above .*: an update starts a new gateway before it ends an old one/ },
    'an update needs room',
  );
  t.throws(() => readSettings({ SWIPEGATE_MIN_GATEWAYS: '20' }), { message: /SWIPEGATE_MIN_GATEWAYS.*1 to 19/ });
  t.throws(() => readSettings({ SWIPEGATE_INSTANCE_TYPE: 'c7i.large' }), { message: /SWIPEGATE_INSTANCE_TYPE/ });
});

t.test('with a console, operators sign in at the gateway, whose keys come through the table', async (t) => {
  const { app, gateway, backOffice, console } = synthesised({ ...DOMAIN, ...CONSOLE });
  if (gateway === undefined || backOffice === undefined || console === undefined) throw new Error('no such stack');
  const userData = userDataOf(Template.fromStack(gateway));
  for (const name of ['TOKEN_ISSUER', 'TOKEN_CLIENT_ID']) t.ok(userData.includes(`\nEnvironment=${name}=`), name);
  t.match(userData, /^Environment=TOKEN_KEYS=table$/m);
  t.ok(userData.includes(`\nEnvironment=CONSOLE_ORIGIN=https://${CONSOLE.SWIPEGATE_CONSOLE_DOMAIN}\n`));
  Template.fromStack(backOffice).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'dynamodb:PutItem',
          Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['sign-in-keys'] } },
        }),
      ]),
    },
  });
  t.match(
    JSON.stringify(Template.fromStack(console).toJSON()),
    new RegExp(`connect-src[^;]* https://${DOMAIN.SWIPEGATE_DOMAIN}[ ;]`),
    'the page may call the gateway',
  );
  t.ok(app.synth(), 'without cdk-nag findings');
});
