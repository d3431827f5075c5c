import { BUCKETS, QUEUES, STREAMS, TABLES, TOPICS } from '@swipegate/contract';
import { readConfig } from '@swipegate/gateway/config/config';
import { readEnvironment as readAdmin } from '@swipegate/lambdas/admin/environment';
import { readEnvironment as readApply } from '@swipegate/lambdas/change-apply/environment';
import { readEnvironment as readImport } from '@swipegate/lambdas/change-import/environment';
import { readEnvironment as readStore } from '@swipegate/lambdas/change-store/environment';
import { readEnvironment as readDecide } from '@swipegate/lambdas/decide/environment';
import { readEnvironment as readOccupancy } from '@swipegate/lambdas/occupancy/environment';
import { readEnvironment as readRedrive } from '@swipegate/lambdas/redrive/environment';
import t from 'tap';
import { WIDGETS } from '../../dashboard/dashboard.js';
import { filing } from '../dashboard/cloudwatch-metrics.js';
import { CONSOLE, DOMAIN, synthesised } from './synthesised.js';

interface Resource {
  Type: string;
  DeletionPolicy?: string;
  Properties?: Record<string, unknown>;
}

interface Stack {
  stackName: string;
  terminationProtection?: boolean | undefined;
  template: { Resources: Record<string, Resource>; Outputs?: Record<string, { Export?: { Name: unknown } }> };
}

/** Names that are unique only within something else, which has the stage in its own name. */
const SCOPED: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Authorizer Name': 'within its API',
  'AWS::ApiGatewayV2::Stage StageName': 'within its API',
  'AWS::Athena::NamedQuery Name': 'within its workgroup',
  'AWS::AutoScaling::LifecycleHook LifecycleHookName': 'within its group',
  'AWS::IAM::Policy PolicyName': 'within its role',
};
/** Names that the operator chooses, for each stage others. */
const CHOSEN = ['AWS::Route53::RecordSet Name', 'AWS::CertificateManager::Certificate DomainName'];

const stacksOf = (env: Record<string, string>): Stack[] => synthesised(env).app.synth().stacks;
const production = stacksOf({ ...DOMAIN, ...CONSOLE });
/** A stage that is in use, after its first deployment. */
const test = stacksOf({ ...DOMAIN, ...CONSOLE, SWIPEGATE_STAGE: 'test', SWIPEGATE_DELETION_PROTECTION: 'yes' });

/** All names in the templates that an account or region knows only once, each with its kind. */
function physicalNames(stacks: readonly Stack[]): Map<string, string> {
  const names = new Map<string, string>();
  const add = (kind: string, name: unknown) => typeof name === 'string' && names.set(`${kind} ${name}`, name);
  for (const { stackName, template } of stacks) {
    add('stack', stackName);
    for (const { Export } of Object.values(template.Outputs ?? {})) add('export', Export?.Name);
    for (const { Type, Properties = {} } of Object.values(template.Resources)) {
      for (const [property, value] of Object.entries(Properties)) {
        const kind = `${Type} ${property}`;
        const isName = /(?<!^(?:Service|Attribute|Handler|Metric))Name$/.test(property);
        if (isName && !(kind in SCOPED) && !CHOSEN.includes(kind)) add(kind, value);
      }
    }
    const text = JSON.stringify(template);
    for (const [, namespace] of text.matchAll(/(?:EMF_NAMESPACE=|"POWERTOOLS_METRICS_NAMESPACE":")([^"\\]+)/g)) {
      add('metrics written to', namespace);
    }
    for (const [, namespace] of text.matchAll(/(?:"Namespace":|namespace\\*":)\\*"(Swipegate[^"\\]*)/g)) {
      add('metrics read from', namespace);
    }
    for (const [, metric] of text.matchAll(/"MetricName":"(swipegate[^"]*)"/g)) add('metric of a web ACL', metric);
  }
  return names;
}

t.test('two stages in one account and region share no name', async (t) => {
  const [ofProduction, ofTest] = [physicalNames(production), physicalNames(test)];
  for (const name of [...Object.values(TABLES), ...Object.values(QUEUES), ...Object.values(TOPICS)]) {
    const suffix = name.replace('swipegate-', '');
    t.ok(Array.from(ofTest.values()).includes(`swipegate-test-${suffix}`), `swipegate-test-${suffix}`);
  }
  for (const name of Object.values(STREAMS)) t.ok(ofTest.has(`AWS::Kinesis::Stream Name swipegate-test-${name}`));
  t.ok(ofTest.has('metrics written to Swipegate/test') && ofTest.has('metrics read from Swipegate/test'));
  t.equal(ofTest.size, ofProduction.size);
  t.ok(ofTest.size > 80, `${ofTest.size} names`);
  t.strictSame(
    Array.from(ofTest.keys()).filter((name) => ofProduction.has(name)),
    [],
  );
  for (const [kind, name] of ofTest) t.match(name, /(?:^|[^a-z])test(?:$|[^a-z])/, kind);
});

/** Whether a resource, or a part of it, refuses its deletion. */
const REFUSES =
  /"DeletionProtectionEnabled":true|"DeletionProtection":"ACTIVE"|"deletion_protection.enabled","Value":"true"/;

t.test('a first create that failed can be repeated: nothing is protected, and no name stays behind', async (t) => {
  for (const { stackName, terminationProtection, template } of production) {
    t.notOk(terminationProtection, stackName);
    for (const [id, resource] of Object.entries(template.Resources)) {
      t.notMatch(JSON.stringify(resource), REFUSES, id);
      const isNamed = physicalNames([{ stackName, template: { Resources: { [id]: resource } } }]).size > 1;
      if (isNamed) t.not(resource.DeletionPolicy, 'Retain', `${id} would block the next try by its name`);
    }
  }
});

t.test('after it, one setting protects stacks, tables, user pool and load balancers', async (t) => {
  const found = new Map<string, number>();
  for (const { stackName, terminationProtection, template } of test) {
    t.equal(terminationProtection, true, stackName);
    for (const resource of Object.values(template.Resources)) {
      if (REFUSES.test(JSON.stringify(resource))) found.set(resource.Type, (found.get(resource.Type) ?? 0) + 1);
    }
  }
  t.strictSame(Object.fromEntries(found), {
    'AWS::DynamoDB::GlobalTable': Object.keys(TABLES).length,
    'AWS::Cognito::UserPool': 1,
    'AWS::ElasticLoadBalancingV2::LoadBalancer': 1,
  });
});

t.test('no search of a dashboard finds the metrics of another stage, nor is it too long', async (t) => {
  const stage = 'a-name-of-21-letters-';
  const { names } = filing({
    stage,
    ...{ balancer: undefined, gatewayTargets: undefined, gatewayGroup: undefined, backOffice: undefined },
    ...{ swipesStream: '', decisionsStream: '', decideFunction: '', onFailureQueue: '' },
  });
  const searches = WIDGETS.flatMap(({ series }) =>
    series.flatMap(({ onAws }) => ('search' in onAws ? [onAws.search(names)] : [])),
  );
  t.ok(searches.length > 3);
  for (const search of searches) {
    t.ok(search.includes(stage), search);
    t.notMatch(search, /"swipegate-(?!a-name)/);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    // CloudWatch: names with other characters than letters, digits and underscores need quotes, but not its own namespaces.
    const [, schema = ''] = /^{([^}]*)}/.exec(search) ?? [];
    for (const name of schema.split(',')) t.match(name, /^(?:".*"|AWS\/\w+|\w+)$/, search);
    t.ok(search.length <= 1_024, `${search.length} characters`);
  }
});

const READERS = {
  admin: readAdmin,
  'change-apply': readApply,
  'change-import': readImport,
  'change-store': readStore,
  decide: readDecide,
  occupancy: readOccupancy,
  redrive: readRedrive,
};

t.test('functions and gateways read the names of their own stage, and none of the local cloud', async (t) => {
  const own = new Set(physicalNames(test).values());
  const local = new Set<string>([STREAMS, TABLES, BUCKETS].flatMap((names) => Object.values(names)));
  const checkNames = (program: string, config: Readonly<Record<string, unknown>>) => {
    const names = Object.entries(config).filter(([name]) => /^TABLE_|_STREAM$|_BUCKET$/.test(name));
    t.ok(names.length > 0, program);
    for (const [variable, value] of names) {
      t.notOk(local.has(String(value)), `${program}: ${variable}`);
      t.ok(variable.endsWith('_BUCKET') ? value === 'made-by-aws' : own.has(String(value)), `${program}: ${variable}`);
    }
  };
  const resources = test.flatMap(({ template }) => Object.values(template.Resources));
  const found = resources.flatMap(({ Properties = {} }) => {
    const name = /^Swipegate: (.*)$/.exec(String(Properties['Description']))?.[1];
    return name === undefined ? [] : [{ name, variables: environmentOf(Properties) }];
  });
  for (const [name, read] of Object.entries(READERS)) {
    const variables = found.find((each) => each.name === name)?.variables;
    checkNames(name, read(variables ?? {}));
  }
  const unit = JSON.stringify(resources.find(({ Type }) => Type === 'AWS::EC2::LaunchTemplate'));
  const variables = Array.from(unit.matchAll(/\\nEnvironment=(\w+)=(.*?)(?=\\n|")/g), ([, name = '', value = '']) => [
    name,
    value,
  ]);
  t.match(Object.fromEntries(variables), { SWIPEGATE_STAGE: 'test', EMF_NAMESPACE: 'Swipegate/test' });
  checkNames('gateway', readConfig(Object.fromEntries(variables)));
});

/** A function's variables; what CloudFormation fills in gets a value of its kind. */
function environmentOf(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  const environment: { Variables?: Record<string, unknown> } = { ...Object(properties['Environment']) };
  return Object.fromEntries(
    Object.entries(environment.Variables ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : filled(name),
    ]),
  );
}

function filled(variable: string): string {
  if (variable.endsWith('_ARN')) return 'arn:aws:sns:made-by-aws';
  return /_URL$|_ISSUER$/.test(variable) ? 'https://made-by-aws' : 'made-by-aws';
}
