import { EnvironmentError, environmentReader, STAGE_NAME } from '@swipegate/aws/environment';
import { TenantId } from '@swipegate/contract';
import { networksIn } from '@swipegate/http/networks';
import Type from 'typebox';
import { WORKING_HOURS } from './working-hours.js';

/** At least three labels: names lie below the zone's own name. */
const DOMAIN = {
  pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+){2,}$',
  allowed: 'a domain name in lower case with at least three labels, such as swipes.example.com',
};
const GRAVITON = {
  pattern: '^[a-z0-9]+g[a-z]*\\.[a-z0-9]+$',
  allowed: 'an instance type on Graviton, such as c7g.large',
};

const optionalText = (rules: Type.TStringOptions) => Type.Optional(Type.String(rules));

/**
 * Settings of a deployment, read from environment variables of the same names. `npm run synth` works without any.
 */
export const SettingsSchema = Type.Object(
  {
    SWIPEGATE_STAGE: Type.String({
      ...STAGE_NAME,
      default: 'production',
      description: 'Part of the names of all resources, so that one account can hold several deployments',
    }),
    AWS_REGION: Type.String({
      pattern: '^[a-z]{2}(-[a-z]+)+-\\d$',
      allowed: 'the name of a region, such as eu-central-1',
      default: 'eu-central-1',
      description: 'Region of all stacks',
    }),
    AWS_ACCOUNT: optionalText({
      pattern: '^\\d{12}$',
      allowed: 'an account id of 12 digits',
      description: 'Account to deploy to; without it, the account of the deploying credentials',
    }),
    SWIPEGATE_CAPACITY: Type.Enum(['on-demand', 'provisioned'], {
      default: 'provisioned',
      description:
        'Capacity mode of the streams: provisioned costs a third if the load is known, on-demand follows the load',
    }),
    SWIPEGATE_SWIPE_SHARDS: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 2,
      description:
        'Shards of the swipes stream if it is provisioned; a shard takes about 5,000 swipes/s of different cards',
    }),
    SWIPEGATE_DOMAIN: optionalText({
      ...DOMAIN,
      description:
        'Domain name of the gateway for readers, such as swipes.example.com; without it there is no gateway stack',
    }),
    SWIPEGATE_ZONE_ID: optionalText({
      pattern: '^Z[A-Z0-9]{5,31}$',
      allowed: 'the id of a hosted zone: Z and 5 to 31 capital letters or digits',
      description: 'Route 53 hosted zone of the domain names of the gateway, the console and the admin API',
    }),
    SWIPEGATE_CONSOLE_DOMAIN: optionalText({
      ...DOMAIN,
      description: 'Domain name of the console, such as console.example.com; without it there is no back office',
    }),
    SWIPEGATE_ADMIN_DOMAIN: optionalText({
      ...DOMAIN,
      description: 'Domain name of the admin API, such as admin.example.com; without it AWS generates one',
    }),
    SWIPEGATE_CONSOLE_HOSTING: Type.Enum(['cloudfront', 'ec2'], {
      default: 'cloudfront',
      description:
        'Hosting of the console’s files: S3 behind CloudFront, or FSx and nginx on EC2 behind a load balancer',
    }),
    SWIPEGATE_CONSOLE_CERTIFICATE: optionalText({
      pattern: '^arn:aws[a-z-]*:acm:us-east-1:\\d{12}:certificate/[a-f0-9-]+$',
      allowed: 'the ARN of a certificate in us-east-1, such as arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
      description:
        'Certificate of SWIPEGATE_CONSOLE_DOMAIN for CloudFront, which accepts only certificates in us-east-1',
    }),
    SWIPEGATE_CONSOLE_INSTANCE_TYPE: Type.String({
      ...GRAVITON,
      default: 't4g.small',
      description: 'Instance type for the console if it is hosted on EC2, on Graviton',
    }),
    SWIPEGATE_CLIENT_CA_BUCKET: optionalText({
      pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      allowed:
        'the name of a bucket: 3 to 63 lower-case letters, digits, . or -, starting and ending with a letter or digit',
      description:
        'Bucket in the same region with the CA certificates for readers’ client certificates; without it readers need none',
    }),
    SWIPEGATE_CLIENT_CA_KEY: optionalText({
      pattern: '^[^/]',
      allowed: '1 to 1,024 characters, not starting with /',
      maxLength: 1_024,
      description:
        'Key of the CA bundle in SWIPEGATE_CLIENT_CA_BUCKET, a file of PEM certificates, such as readers/2026.pem',
    }),
    SWIPEGATE_DEVICE_NETWORKS: optionalText({
      pattern: '^[0-9./]+(,[0-9./]+)*$',
      allowed: 'IPv4 networks, separated by commas, such as 10.1.0.0/16,192.168.7.0/24',
      maxLength: 1_024,
      description:
        'Networks of devices that cannot speak the API, separated by commas, such as 10.1.0.0/16; they get the device port, on a load balancer without a public address; without it there is no device port',
    }),
    SWIPEGATE_DEVICE_TENANT: Type.Optional({
      ...TenantId,
      description: 'Tenant of devices that name themselves by a serial number, as those of ZKTeco do',
    }),
    SWIPEGATE_INSTANCE_TYPE: Type.String({
      ...GRAVITON,
      default: 'c7g.large',
      description: 'Instance type of the gateways, on Graviton: c7g.large, m8g.xlarge …',
    }),
    SWIPEGATE_MIN_GATEWAYS: Type.Integer({
      minimum: 1,
      maximum: 19,
      default: 2,
      description: 'Minimum number of gateways',
    }),
    SWIPEGATE_MAX_GATEWAYS: Type.Integer({
      minimum: 2,
      maximum: 20,
      default: 6,
      description: 'Maximum number of gateways, above the minimum; a stream allows 20 fan-out consumers',
    }),
    SWIPEGATE_ALARM_EMAIL: optionalText({
      pattern: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
      allowed: 'a mail address, such as ops@example.com',
      description: 'Address that gets a mail when an alarm goes off and when it ends; others subscribe to the topics',
    }),
    SWIPEGATE_WORKING_HOURS: Type.String({
      ...WORKING_HOURS,
      default: 'mon-fri 7-15',
      description:
        'Weekdays and hours in UTC in which half an hour without a swipe sets off an alarm; hours such as 22-6 pass midnight',
    }),
    SWIPEGATE_KEEP_DATA: Type.Enum(['yes', 'no'], {
      default: 'yes',
      description: 'Whether tables, archive and keys survive the deletion of their stacks; no is for tests',
    }),
    SWIPEGATE_DELETION_PROTECTION: Type.Enum(['yes', 'no'], {
      default: 'no',
      description:
        'Whether AWS refuses to delete stacks, tables, user pool and load balancers; set yes once the first deployment has succeeded',
    }),
    SWIPEGATE_ZONES: Type.Integer({
      minimum: 2,
      maximum: 3,
      default: 3,
      description: 'Availability zones of the network; 2 for a region or account with two zones, such as us-west-1',
    }),
    SWIPEGATE_DECISION_DAYS: Type.Integer({
      minimum: 1,
      maximum: 36_500,
      default: 400,
      description: 'Days that decisions and door events stay in their tables; from 60 on the class is Standard-IA',
    }),
    SWIPEGATE_DECISION_RECOVERY: Type.Enum(['yes', 'no'], {
      default: 'yes',
      description:
        'Point-in-time recovery of the decisions table; no saves its price, and the archive alone can rebuild the table',
    }),
    SWIPEGATE_HELD_SWIPES: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 0,
      description:
        'Swipes/s for which decisions and presence hold provisioned capacity, for half the price; peaks above are decided late; 0: on demand',
    }),
    SWIPEGATE_ADDRESS_LIMIT: Type.Enum(['yes', 'no'], {
      default: 'yes',
      description:
        'Web ACL that limits the requests of one address to the gateways; its price per request exceeds that of the load balancer',
    }),
    SWIPEGATE_ARCHIVE_DAYS: Type.Integer({
      minimum: 1,
      maximum: 36_500,
      default: 2_555,
      description: 'Days that swipes and decisions stay in the archive; the default is seven years',
    }),
  },
  { additionalProperties: false },
);

export type Settings = Type.Static<typeof SettingsSchema>;

const readVariables = environmentReader('the stacks', SettingsSchema);

const CLIENT_CA = ['SWIPEGATE_CLIENT_CA_BUCKET', 'SWIPEGATE_CLIENT_CA_KEY'] as const;
const NAMES = ['SWIPEGATE_DOMAIN', 'SWIPEGATE_CONSOLE_DOMAIN', 'SWIPEGATE_ADMIN_DOMAIN'] as const;

/** @throws {EnvironmentError} naming the variable and what is allowed */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = readVariables(env);
  const [missing, ...more] = CLIENT_CA.filter((name) => given[name] === undefined);
  if (missing !== undefined && more.length === 0) {
    throw new EnvironmentError(`${missing} is not set: set both ${CLIENT_CA.join(' and ')}, or neither.`);
  }
  checkNames(given);
  checkDevices(given);
  if (given.SWIPEGATE_CLIENT_CA_BUCKET !== undefined && given.SWIPEGATE_DOMAIN === undefined) {
    throw new EnvironmentError(
      'SWIPEGATE_CLIENT_CA_BUCKET needs SWIPEGATE_DOMAIN: without it there is no load balancer.',
    );
  }
  const { SWIPEGATE_MIN_GATEWAYS: least, SWIPEGATE_MAX_GATEWAYS: most } = given;
  if (most <= least) {
    throw new EnvironmentError(
      `SWIPEGATE_MAX_GATEWAYS=${most} must be above SWIPEGATE_MIN_GATEWAYS=${least}: an update starts a new gateway before it ends an old one. Set SWIPEGATE_MAX_GATEWAYS to ${least + 1} or more.`,
    );
  }
  return given;
}

/** A security group takes 60 rules. */
const MOST_NETWORKS = 50;
/** Wider networks are not those of one's own devices. */
const LEAST_BITS = 8;

/** Returns the networks of the devices; undefined: there is no device port. */
export function deviceNetworksOf({ SWIPEGATE_DEVICE_NETWORKS: text }: Settings): string[] | undefined {
  return text?.split(',');
}

/** @throws {EnvironmentError} if the device port lacks a gateway, or its networks are not valid */
function checkDevices(given: Settings): void {
  const networks = deviceNetworksOf(given);
  if (networks === undefined) {
    if (given.SWIPEGATE_DEVICE_TENANT === undefined) return;
    throw new EnvironmentError(
      'SWIPEGATE_DEVICE_TENANT needs SWIPEGATE_DEVICE_NETWORKS: without it there is no device port.',
    );
  }
  if (given.SWIPEGATE_DOMAIN === undefined) {
    throw new EnvironmentError('SWIPEGATE_DEVICE_NETWORKS needs SWIPEGATE_DOMAIN: without it there are no gateways.');
  }
  const wrong = networks.find((network) => !(networksIn([network]) && Number(network.split('/')[1]) >= LEAST_BITS));
  if (wrong !== undefined) {
    throw new EnvironmentError(
      `SWIPEGATE_DEVICE_NETWORKS: ${wrong} must be an IPv4 network with a prefix of ${LEAST_BITS} to 32 bits, such as 10.1.0.0/16.`,
    );
  }
  if (networks.length > MOST_NETWORKS) {
    throw new EnvironmentError(
      `SWIPEGATE_DEVICE_NETWORKS has ${networks.length} networks, and ${MOST_NETWORKS} are allowed: join neighbours.`,
    );
  }
}

/** @throws {EnvironmentError} if a name lacks its zone or certificate, or a zone has no name that uses it */
function checkNames(given: Settings): void {
  const { SWIPEGATE_ZONE_ID: zoneId, SWIPEGATE_CONSOLE_DOMAIN: consoleDomain } = given;
  const names = NAMES.filter((name) => given[name] !== undefined);
  const [first] = names;
  if (first !== undefined && zoneId === undefined) {
    throw new EnvironmentError(`SWIPEGATE_ZONE_ID is not set: ${first} needs it. Set both, or neither.`);
  }
  if (first === undefined && zoneId !== undefined) {
    throw new EnvironmentError(
      `SWIPEGATE_ZONE_ID is set, but none of ${NAMES.join(', ')}: set at least one, or unset SWIPEGATE_ZONE_ID.`,
    );
  }
  const zones = new Set(names.map((name) => given[name]?.split('.').slice(1).join('.')));
  if (zones.size > 1)
    throw new EnvironmentError(`${names.join(' and ')} must be in one zone, directly below its name.`);
  if (new Set(names.map((name) => given[name])).size < names.length) {
    throw new EnvironmentError(`${names.join(' and ')} must be different names.`);
  }
  if (given.SWIPEGATE_ADMIN_DOMAIN !== undefined && consoleDomain === undefined) {
    throw new EnvironmentError(
      'SWIPEGATE_ADMIN_DOMAIN needs SWIPEGATE_CONSOLE_DOMAIN: without it there is no admin API.',
    );
  }
  const isOnCloudFront = consoleDomain !== undefined && given.SWIPEGATE_CONSOLE_HOSTING === 'cloudfront';
  if (isOnCloudFront && given.SWIPEGATE_CONSOLE_CERTIFICATE === undefined) {
    throw new EnvironmentError(
      'SWIPEGATE_CONSOLE_CERTIFICATE is not set: CloudFront needs it for SWIPEGATE_CONSOLE_DOMAIN (docs/aws.md).',
    );
  }
}
