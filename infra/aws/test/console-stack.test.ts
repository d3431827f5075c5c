import { spawnSync } from 'node:child_process';
import { consoleHeaders } from '@swipegate/console/security-headers';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { CONSOLE_PLACES, consoleStartScript, consoleUnit, nginxConfiguration } from '../console/console-unit.js';
import { deployedConsoleHeaders } from '../console/hosted-console.js';
import { CONSOLE, synthesised } from './synthesised.js';

const EC2 = {
  SWIPEGATE_CONSOLE_DOMAIN: CONSOLE.SWIPEGATE_CONSOLE_DOMAIN,
  SWIPEGATE_ZONE_ID: CONSOLE.SWIPEGATE_ZONE_ID,
  SWIPEGATE_CONSOLE_HOSTING: 'ec2',
};
const PEERS = {
  apiUrl: 'https://admin.example.com',
  issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
  others: ['https://swipegate.auth.eu-central-1.amazoncognito.com', 'https://s3.eu-central-1.amazonaws.com'],
};

function consoleOf(env: Record<string, string>) {
  const { app, console } = synthesised(env);
  if (console === undefined) throw new Error('no console stack');
  return { app, template: Template.fromStack(console) };
}

// Shared by most tests: synthesising takes seconds.
const onCloudFront = consoleOf(CONSOLE);
const onInstances = consoleOf(EC2);

/** Text of a CloudFormation join, with REF in place of references. */
function joined(value: { 'Fn::Join'?: [string, unknown[]] } | string | undefined): string {
  if (typeof value === 'string') return value;
  return (value?.['Fn::Join']?.[1] ?? []).map((part) => (typeof part === 'string' ? part : 'REF')).join('');
}

t.test('no cdk-nag findings for either hosting, with and without an account', async (t) => {
  for (const { app } of [onCloudFront, onInstances]) {
    t.ok(app.synth().stacks.some(({ stackName }) => stackName.endsWith('-console')));
  }
  t.ok(consoleOf({ ...CONSOLE, AWS_ACCOUNT: '123456789012' }).app.synth());
});

t.test('AWS sends the same headers with the page as the local server', async (t) => {
  t.strictSame(deployedConsoleHeaders(PEERS), consoleHeaders(PEERS));
});

t.test('CloudFront: only it reads the bucket; viewers need TLS 1.2 or above', async (t) => {
  const { template } = onCloudFront;
  const { SWIPEGATE_CONSOLE_DOMAIN: domain, SWIPEGATE_CONSOLE_CERTIFICATE: certificate } = CONSOLE;
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      Aliases: [domain],
      DefaultRootObject: 'index.html',
      ViewerCertificate: Match.objectLike({
        AcmCertificateArn: certificate,
        MinimumProtocolVersion: 'TLSv1.2_2021',
      }),
      DefaultCacheBehavior: Match.objectLike({
        ViewerProtocolPolicy: 'redirect-to-https',
        AllowedMethods: ['GET', 'HEAD'],
        ResponseHeadersPolicyId: Match.anyValue(),
      }),
      Origins: [Match.objectLike({ OriginAccessControlId: Match.anyValue() })],
      Logging: Match.objectLike({ Bucket: Match.anyValue() }),
    }),
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Action: 's3:GetObject',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
        }),
      ]),
    },
  });
  template.allResourcesProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicPolicy: true, RestrictPublicBuckets: true }),
  });
  template.hasResourceProperties('AWS::Route53::RecordSet', { Name: `${domain}.` });
  t.pass();
});

t.test('CloudFront: sends every header of the page, and HSTS', async (t) => {
  const policies = onCloudFront.template.findResources('AWS::CloudFront::ResponseHeadersPolicy');
  const [configuration] = Object.values(policies).map(({ Properties }) => Properties.ResponseHeadersPolicyConfig);
  const { SecurityHeadersConfig: own, CustomHeadersConfig: custom } = configuration;
  const csp = joined(own.ContentSecurityPolicy.ContentSecurityPolicy);
  t.match(csp, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
  t.match(csp, /connect-src 'self' REF https:\/\/cognito-idp\.eu-central-1\.REF https:\/\/REF\.auth\./);
  t.notMatch(csp, /unsafe|\*|\.invalid/);
  t.ok(own.StrictTransportSecurity.AccessControlMaxAgeSec >= 31_536_000);
  const names = new Set([
    'content-security-policy',
    'x-content-type-options',
    'referrer-policy',
    ...custom.Items.map(({ Header }: { Header: string }) => Header),
  ]);
  const { 'cache-control': caching, ...expected } = consoleHeaders(PEERS);
  t.strictSame(Array.from(names).sort(), Object.keys(expected).sort());
  t.equal(own.ReferrerPolicy.ReferrerPolicy, expected['referrer-policy']);
  onCloudFront.template.hasResourceProperties('Custom::CDKBucketDeployment', {
    SystemMetadata: { 'cache-control': caching },
    Prune: true,
  });
});

t.test('config.json is deployed beside the page', async (t) => {
  // Two sources: the page, and config.json, whose references are resolved at deployment.
  onCloudFront.template.hasResourceProperties('Custom::CDKBucketDeployment', {
    SourceObjectKeys: [Match.anyValue(), Match.anyValue()],
    SourceMarkers: [{}, Match.objectLike({})],
  });
  const [template] = Object.values(onInstances.template.findResources('AWS::EC2::LaunchTemplate'));
  const script = joined(template?.['Properties'].LaunchTemplateData.UserData['Fn::Base64']);
  const [, config = ''] = /<<'CONFIG'\n(.*)\nCONFIG\n/.exec(script) ?? [];
  t.strictSame(Object.keys(JSON.parse(config)), ['apiUrl', 'issuer', 'clientId']);
});

t.test('EC2: Graviton, IMDSv2, encrypted disks, no key, no SSH; Session Manager instead', async (t) => {
  const { template } = onInstances;
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: Match.objectLike({
      InstanceType: 't4g.small',
      KeyName: Match.absent(),
      MetadataOptions: Match.objectLike({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 }),
      BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true }) })],
    }),
  });
  template.hasResourceProperties('AWS::IAM::Role', {
    ManagedPolicyArns: [{ 'Fn::Join': ['', Match.arrayWith([':iam::aws:policy/AmazonSSMManagedInstanceCore'])] }],
  });
  template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '2', HealthCheckType: 'ELB' });
  template.hasResource('AWS::AutoScaling::AutoScalingGroup', {
    UpdatePolicy: { AutoScalingRollingUpdate: Match.objectLike({ WaitOnResourceSignals: true, PauseTime: 'PT15M' }) },
  });
  const open = Object.values(template.findResources('AWS::EC2::SecurityGroup')).flatMap(
    ({ Properties }) => Properties.SecurityGroupIngress ?? [],
  );
  t.strictSame(
    open.map(({ FromPort, ToPort, CidrIp }) => [FromPort, ToPort, CidrIp]),
    [[443, 443, '0.0.0.0/0']],
  );
  const inner = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
  t.strictSame(inner.map(({ Properties }) => Properties.FromPort).sort(), [111, 2049, 8080], 'NFS, and the page');
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443,
    Protocol: 'HTTPS',
    SslPolicy: Match.stringLikeRegexp('TLS13'),
  });
  template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/healthz' });
  template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: Match.anyValue() });
});

t.test('EC2: the files are on FSx for OpenZFS, which only this network can mount', async (t) => {
  onInstances.template.hasResourceProperties('AWS::FSx::FileSystem', {
    FileSystemType: 'OPENZFS',
    OpenZFSConfiguration: Match.objectLike({
      RootVolumeConfiguration: Match.objectLike({
        NfsExports: [
          { ClientConfigurations: [Match.objectLike({ Clients: { 'Fn::ImportValue': Match.anyValue() } })] },
        ],
      }),
    }),
  });
  onCloudFront.template.resourceCountIs('AWS::FSx::FileSystem', 0);
  onCloudFront.template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 0);
  t.pass();
});

t.test('EC2: an instance starts only with the page, but an outage of the share replaces none', async (t) => {
  const [template] = Object.values(onInstances.template.findResources('AWS::EC2::LaunchTemplate'));
  t.match(joined(template?.['Properties'].LaunchTemplateData.UserData['Fn::Base64']), /^curl .*\/index\.html$/m);
  const rights = Object.keys(onInstances.template.findResources('AWS::IAM::Policy')).filter((id) => /^Role/.test(id));
  t.equal(rights.length, 1);
  onInstances.template.hasResource('AWS::AutoScaling::AutoScalingGroup', { DependsOn: Match.arrayWith(rights) });
  const [, health = ''] = /location = \/healthz {([^}]*)}/.exec(nginxConfiguration({})) ?? [];
  t.match(health, /return 200;/);
  t.notMatch(health, /root|alias|try_files|add_header/, 'no file, and all headers');
});

t.test('EC2: no policy allows all actions or all resources', async (t) => {
  let statements = 0;
  for (const { Properties } of Object.values(onInstances.template.findResources('AWS::IAM::Policy'))) {
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      statements += 1;
      for (const action of [Action].flat()) t.notMatch(action, /\*/);
      for (const resource of [Resource].flat()) t.not(resource, '*');
    }
  }
  t.ok(statements >= 2, `${statements} statements`);
});

t.test('the start script is valid shell, and every here-document ends', async (t) => {
  const script = consoleStartScript({
    files: 's3://assets/console.zip',
    config: JSON.stringify({ apiUrl: PEERS.apiUrl }),
    share: 'fs-1.fsx.eu-central-1.amazonaws.com:/fsx',
    nginx: nginxConfiguration(consoleHeaders(PEERS)),
    unit: consoleUnit({ region: 'eu-central-1', logGroup: 'logs' }),
  }).join('\n');
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  for (const [, mark = ''] of script.matchAll(/<<'(\w+)'/g)) t.match(script, new RegExp(`\\n${mark}\\n`), mark);
});

t.test('nginx sends every header, with errors too, and serves the folder that the unit mounts', async (t) => {
  const headers = consoleHeaders(PEERS);
  const configuration = nginxConfiguration(headers);
  for (const [name, value] of Object.entries(headers)) {
    t.ok(configuration.includes(`    add_header ${name} "${value}" always;\n`), name);
    t.notMatch(value, /["$]/, 'nginx would end it, or fill it in');
  }
  // A location with its own add_header would drop the server's.
  t.equal(configuration.match(/add_header/g)?.length, Object.keys(headers).length);
  const root = /^ {4}root (.*)\/current;$/m.exec(configuration)?.[1];
  const unit = consoleUnit({ region: 'eu-central-1', logGroup: 'logs' });
  t.ok(unit.includes(`--volume ${CONSOLE_PLACES.share}:${root}:ro`));
  t.match(unit, /--read-only .*--cap-drop ALL/);
});
