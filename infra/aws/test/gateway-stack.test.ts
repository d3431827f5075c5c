import { readConfig } from '@swipegate/gateway/config/config';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { GATEWAY_DISK_GB } from '../../resources.js';
import { readSettings } from '../constructs/settings.js';
import { PLACES, systemdUnit } from '../gateway/gateway-unit.js';
import { DOMAIN, synthesised } from './synthesised.js';

const CLIENT_CA = { SWIPEGATE_CLIENT_CA_BUCKET: 'acme-authorities', SWIPEGATE_CLIENT_CA_KEY: 'readers/2026.pem' };

function gatewayOf(env: Record<string, string> = {}) {
  const { app, gateway } = synthesised({ ...DOMAIN, ...env });
  if (gateway === undefined) throw new Error('no gateway stack');
  return { app, template: Template.fromStack(gateway) };
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
    Properties: { MinSize: '3', MaxSize: '9', HealthCheckType: 'EC2' },
    UpdatePolicy: { AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 3, MaxBatchSize: 1 }) },
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
    HealthCheckPath: '/readyz',
    TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }]),
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
  const stopSeconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
  t.match(unit, /\[Unit\][^[]*\nStartLimitIntervalSec=0\n/, 'starts again however often it failed');
  t.match(unit, /\nRestart=always\n/);
  t.ok(stopSeconds * 1_000 > readConfig({}).SHUTDOWN_TIMEOUT_MS, 'systemd waits longer than the gateway needs to stop');
});

t.test('a domain needs its zone; without both there is no gateway stack', async (t) => {
  t.throws(() => readSettings({ SWIPEGATE_DOMAIN: 'swipes.example.com' }), { message: /Set both, or neither/ });
  t.throws(() => readSettings({ SWIPEGATE_MIN_GATEWAYS: '5', SWIPEGATE_MAX_GATEWAYS: '2' }), { message: /is below/ });
  t.throws(() => readSettings({ SWIPEGATE_INSTANCE_TYPE: 'c7i.large' }), { message: /SWIPEGATE_INSTANCE_TYPE/ });
});
