import { ZONES } from '../resources.js';
import { DAYS_A_MONTH, GB, HOURS_A_MONTH, LAMBDA_GB } from './load.js';
import { type BillLine, line, type Prices } from './prices.js';

/** SWIPEGATE_CONSOLE_HOSTING. */
export type ConsoleHosting = 'cloudfront' | 'ec2';

export interface BackOfficeChoices {
  /** Changes of people, cards and doors, made by hand and by file. */
  changesPerDay: number;
  hosting: ConsoleHosting;
}

/** Users of the console and their API requests per day: an estimate for a site with a few thousand employees. */
const USERS = 25;
const REQUESTS_PER_USER_A_DAY = 400;
/** Size of the page, which each user downloads once a day. */
const PAGE_BYTES = 300_000;
const PAGE_FILES = 4;
const REQUEST_SECONDS = 0.05;

/** Calls per change that lambdas/change-store and lambdas/change-apply make for a change that arrives alone. */
const PER_CHANGE = {
  /** Sent by SNS, received, deleted. */
  fifoRequests: 3,
  /** Sent by S3, received, deleted. */
  standardRequests: 3,
  /** One put and three lists: one for its day, two by change-apply. A list costs the same as a put. */
  s3Puts: 4,
  s3Gets: 1,
  /** Rows of 1 to 2 KB: four progress updates, three indexes, the cursor, and two changed rows with their indexes. */
  writes: 16,
  reads: 10,
  /** One each of admin, change-store, change-apply. */
  invocations: 3,
  seconds: 0.4,
  bytes: 1_000,
} as const;

/** Lambda's long polls of each queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLERS = 5;
const POLLS_A_MONTH = (POLLERS * HOURS_A_MONTH * 3_600) / 20;
const STANDARD_QUEUES = 2;

const INSTANCES = 2;
const INSTANCE_DISK_GB = 16;
const SHARE = { gib: 64, megabytesPerSecond: 64 };

/** The back office's lines of the bill. They are small, and mostly hourly rather than per request. */
export function backOfficeLines(at: Prices, { changesPerDay, hosting }: BackOfficeChoices): BillLine[] {
  const changes = changesPerDay * DAYS_A_MONTH;
  const requests = USERS * REQUESTS_PER_USER_A_DAY * DAYS_A_MONTH;
  const seconds = requests * REQUEST_SECONDS + changes * PER_CHANGE.seconds;
  return [
    line('Cognito', 'active users, plus tier', USERS, at('cognitoPlusUser')),
    line('API Gateway', 'requests', requests, at('httpApiRequest')),
    line('SNS', 'changes published, FIFO', changes, at('snsFifoPublish')),
    line('SNS', 'GB published', (changes * PER_CHANGE.bytes) / GB, at('snsFifoGb')),
    line('SQS', 'requests, FIFO', POLLS_A_MONTH + changes * PER_CHANGE.fifoRequests, at('sqsFifoRequest')),
    line('SQS', 'requests', STANDARD_QUEUES * POLLS_A_MONTH + changes * PER_CHANGE.standardRequests, at('sqsRequest')),
    line('S3', 'events put and listed', changes * PER_CHANGE.s3Puts, at('s3Put')),
    line('S3', 'events read', changes * PER_CHANGE.s3Gets, at('s3Get')),
    line('Lambda', 'back office, invocations', requests + changes * PER_CHANGE.invocations, at('lambdaRequest')),
    line('Lambda', 'back office, GB-seconds', seconds * LAMBDA_GB, at('lambdaGbSecond')),
    line('DynamoDB', 'changes, read request units', changes * PER_CHANGE.reads, at('readUnit')),
    line('DynamoDB', 'changes, write request units', changes * PER_CHANGE.writes, at('writeUnit')),
    line('KMS', 'key of changes', 1, at('keyMonth')),
    ...hostingLines(at, hosting),
  ];
}

function hostingLines(at: Prices, hosting: ConsoleHosting): BillLine[] {
  const pages = USERS * DAYS_A_MONTH;
  if (hosting === 'cloudfront') {
    return [
      line('CloudFront', 'GB to browsers', (pages * PAGE_BYTES) / GB, at('cloudFrontGb')),
      line('CloudFront', 'requests', pages * PAGE_FILES, at('cloudFrontRequest')),
    ];
  }
  return [
    line('EC2', 'console, t4g.small, hours', INSTANCES * HOURS_A_MONTH, at('consoleInstanceHour')),
    line('EC2', 'console, GB of disk', INSTANCES * INSTANCE_DISK_GB, at('diskGbMonth')),
    line('FSx', 'GiB of shared files', SHARE.gib, at('openZfsGbMonth')),
    line('FSx', 'MB/s of throughput', SHARE.megabytesPerSecond, at('openZfsThroughputMonth')),
    line('Load balancer', 'console, hours', HOURS_A_MONTH, at('balancerHour')),
    line('Load balancer', 'console, capacity units, hours', HOURS_A_MONTH, at('balancerUnitHour')),
    line('Load balancer', 'console, public addresses, hours', ZONES * HOURS_A_MONTH, at('addressHour')),
    line('WAF', 'console, web ACL', 1, at('aclMonth')),
    line('WAF', 'console, rules', 1, at('aclRuleMonth')),
  ];
}
