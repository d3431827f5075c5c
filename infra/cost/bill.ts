import { AccessEvent, DECIDE_METRICS, DRAIN_METRICS, GATEWAY_METRICS } from '@swipegate/contract';
import { BUSY_TABLES, heldUnits, INDEX_READ_UNITS, INFREQUENT_ACCESS_DAYS } from '../aws/data/table-capacity.js';
import { ALARMS, type Alarm } from '../dashboard/dashboard.js';
import { GATEWAY_DISK_GB, interfaceEndpoints, ZONES } from '../resources.js';
import { type BackOfficeChoices, backOfficeLines } from './back-office.js';
import {
  type Capacity,
  capacityFor,
  DAYS_A_MONTH,
  GB,
  HOURS_A_MONTH,
  invocationMs,
  LAMBDA_GB,
  PER_SWIPE,
  SECONDS_A_MONTH,
  type StreamRecords,
} from './load.js';
import { type BillLine, line, type Prices, pricesIn, type Region } from './prices.js';

export type StreamMode = 'provisioned' | 'on-demand';

export interface BillChoices {
  region: Region;
  mode: StreamMode;
  /** Days that decisions stay in their table: SWIPEGATE_DECISION_DAYS. The archive keeps them for years. */
  keepDays: number;
  /** Standard-IA for the decisions; the templates choose it from {@link INFREQUENT_ACCESS_DAYS} on. */
  infrequentAccess: boolean;
  /** SWIPEGATE_DECISION_RECOVERY: point-in-time recovery of the decisions. */
  recovery: boolean;
  /** SWIPEGATE_HELD_SWIPES above 0: provisioned capacity of the busy tables. */
  heldCapacity: boolean;
  /** SWIPEGATE_ADDRESS_LIMIT: a web ACL before the load balancer. */
  addressLimit: boolean;
  /** SWIPEGATE_DEVICE_NETWORKS: a load balancer for devices that cannot speak the API. */
  devicePort: boolean;
  backOffice: BackOfficeChoices;
}

/** The choices of the templates without settings. */
export function defaultChoices(region: Region, keepDays: number): BillChoices {
  return {
    region,
    mode: 'provisioned',
    keepDays,
    infrequentAccess: keepDays >= INFREQUENT_ACCESS_DAYS,
    recovery: true,
    heldCapacity: false,
    addressLimit: true,
    devicePort: false,
    backOffice: { changesPerDay: 1_000, hosting: 'cloudfront' },
  };
}

export interface Bill {
  swipesPerSecond: number;
  region: Region;
  capacity: Capacity;
  lines: BillLine[];
  dollars: number;
}

/** Sizes that AWS rounds each record up to, in bytes. */
const PUT_UNIT_BYTES = 25 * 1_024;
const ON_DEMAND_UNIT_BYTES = 1_024;
const FIREHOSE_UNIT_BYTES = 5 * 1_024;
/** Months of the archive in the standard storage class; later months are cheaper and not in the bill. */
const ARCHIVE_MONTHS = 3;
const COMPRESSED = 0.2;
/** GB per hour of one load balancer capacity unit. Readers keep connections open, so bytes decide, not connections. */
const BALANCER_UNIT_GB_HOUR = 1;
/** LOGS_DAYS of the load balancer's access log and THREE_MONTHS of the log groups. */
const LOG_MONTHS = 3;
/** One log line per invocation, with its metrics. */
const LOG_BYTES = 1_500;
/** Rejected connections from scanners, and the size of their flow records (estimate). */
const REJECTED_PER_SECOND = 1;
const FLOW_BYTES = 120;
/** Kinesis reuses a data key for five minutes per shard. */
const KEY_SECONDS = 300;
/** Keys of the streams and of the alarm topics. */
const KEYS = 2;
/** Metrics of an instance with detailed monitoring, billed like own metrics. */
const DETAILED_METRICS = 7;

/** Metrics that Swipegate sends to CloudWatch; each shard adds one. */
const OWN_METRICS =
  Object.values(GATEWAY_METRICS).filter((metric) => 'cloudwatch' in metric).length +
  Object.keys(DECIDE_METRICS).length +
  Object.keys(DRAIN_METRICS).length +
  AccessEvent.enum.length;

/** An alarm is billed by its metrics. */
const ALARMED_METRICS = ALARMS.reduce((sum, alarm) => sum + metricsOf(alarm), 0);

/** One per severity. */
const COMPOSITE_ALARMS = new Set(ALARMS.map(({ severity }) => severity)).size;

/** Each endpoint has one address per zone. */
const ENDPOINT_ADDRESSES = Object.values(interfaceEndpoints).reduce((sum, zones) => sum + zones, 0);

/** Monthly bill by service at a steady rate. The back office's lines do not depend on the swipe rate. */
export function billOf(swipesPerSecond: number, choices: BillChoices): Bill {
  const at = pricesIn(choices.region);
  const capacity = capacityFor(swipesPerSecond);
  const { swipeShards, decisionShards, gateways, swipeRecords, decisionRecords } = capacity;
  const swipes = swipesPerSecond * SECONDS_A_MONTH;
  const invocations = capacity.invocationsPerSecond * SECONDS_A_MONTH;
  const seconds = (invocations * invocationMs(swipesPerSecond, capacity)) / 1_000;
  const balancerUnits = Math.max(1, (swipesPerSecond * PER_SWIPE.httpBytes * 3_600) / GB / BALANCER_UNIT_GB_HOUR);
  const keyRequests = ((swipeShards + decisionShards) * (1 + gateways) * SECONDS_A_MONTH) / KEY_SECONDS;
  const [inGb, outGb] = [(swipes * PER_SWIPE.streamBytes) / GB, (swipes * PER_SWIPE.decisionBytes) / GB];
  const deliveredGb = roundedGb(swipeRecords, FIREHOSE_UNIT_BYTES) + roundedGb(decisionRecords, FIREHOSE_UNIT_BYTES);
  const archivedGb = (inGb + outGb) * COMPRESSED * ARCHIVE_MONTHS;
  const logGb = (invocations * LOG_BYTES) / GB;
  const flowGb = (REJECTED_PER_SECOND * FLOW_BYTES * SECONDS_A_MONTH) / GB;
  const lines = [
    ...streamLines(at, choices.mode, capacity, inGb, outGb),
    line('Lambda', 'decide, GB-seconds', seconds * LAMBDA_GB, at('lambdaGbSecond')),
    line('Lambda', 'decide, invocations', invocations, at('lambdaRequest')),
    ...tableLines(at, swipesPerSecond, choices),
    line('EC2', 'c7g.large, hours', gateways * HOURS_A_MONTH, at('instanceHour')),
    line('EC2', 'GB of disk for the spool', gateways * GATEWAY_DISK_GB, at('diskGbMonth')),
    line('EC2', 'detailed monitoring, metrics', gateways * DETAILED_METRICS, at('metricMonth')),
    line('EC2', 'GB of answers to the internet', (swipes * PER_SWIPE.answerBytes) / GB, at('egressGb')),
    line('Load balancer', 'hours', HOURS_A_MONTH, at('balancerHour')),
    line('Load balancer', 'capacity units, hours', balancerUnits * HOURS_A_MONTH, at('balancerUnitHour')),
    line('Load balancer', 'public addresses, hours', ZONES * HOURS_A_MONTH, at('addressHour')),
    ...(choices.addressLimit ? addressLimitLines(at, swipes) : []),
    ...(choices.devicePort ? devicePortLines(at, balancerUnits) : []),
    line('VPC endpoints', 'addresses, hours', ENDPOINT_ADDRESSES * HOURS_A_MONTH, at('endpointHour')),
    line('VPC endpoints', 'GB', inGb + outGb * gateways, at('endpointGb')),
    line('Firehose', 'GB, records rounded to 5 KB', deliveredGb, at('firehoseGb')),
    line('S3', `GB, ${ARCHIVE_MONTHS} months, compressed`, archivedGb, at('s3GbMonth')),
    line(
      'S3',
      `GB of access logs, ${LOG_MONTHS} months`,
      ((swipes * PER_SWIPE.accessLogBytes) / GB) * LOG_MONTHS,
      at('s3GbMonth'),
    ),
    line('KMS', 'keys', KEYS, at('keyMonth')),
    line('KMS', 'requests', keyRequests, at('keyRequest')),
    line('CloudWatch', 'GB of logs', logGb, at('logGb')),
    line('CloudWatch', 'GB of flow logs, rejected only', flowGb, at('logGb')),
    line(
      'CloudWatch',
      `GB of logs kept, ${LOG_MONTHS} months`,
      (logGb + flowGb) * COMPRESSED * LOG_MONTHS,
      at('logGbMonth'),
    ),
    line('CloudWatch', 'own metrics, and one per shard', OWN_METRICS + swipeShards + decisionShards, at('metricMonth')),
    line('CloudWatch', 'metrics with alarms', ALARMED_METRICS, at('alarmMonth')),
    line('CloudWatch', 'composite alarms', COMPOSITE_ALARMS, at('compositeAlarmMonth')),
    line('CloudWatch', 'dashboards', 1, at('dashboardMonth')),
    ...backOfficeLines(at, choices.backOffice),
  ];
  return {
    swipesPerSecond,
    region: choices.region,
    capacity,
    lines,
    dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0),
  };
}

/** GB of a month, each record rounded up to whole units. */
function roundedGb({ perSecond, bytes }: StreamRecords, unitBytes: number): number {
  return (perSecond * SECONDS_A_MONTH * Math.ceil(bytes / unitBytes) * unitBytes) / GB;
}

function streamLines(at: Prices, mode: StreamMode, capacity: Capacity, inGb: number, outGb: number): BillLine[] {
  const { swipeShards, decisionShards, gateways, swipeRecords, decisionRecords } = capacity;
  const read = inGb + outGb * gateways;
  if (mode === 'on-demand') {
    const putGb = roundedGb(swipeRecords, ON_DEMAND_UNIT_BYTES) + roundedGb(decisionRecords, ON_DEMAND_UNIT_BYTES);
    return [
      line('Kinesis', 'streams, hours', 2 * HOURS_A_MONTH, at('onDemandStreamHour')),
      line('Kinesis', 'GB in, records rounded to 1 KB', putGb, at('onDemandGbIn')),
      line('Kinesis', 'GB out, archive', inGb + outGb, at('onDemandGbOut')),
      line('Kinesis', 'GB out, fan-out', read, at('onDemandFanOutGb')),
    ];
  }
  const consumers = swipeShards + decisionShards * gateways;
  const units = ({ perSecond, bytes }: StreamRecords) =>
    perSecond * SECONDS_A_MONTH * Math.ceil(bytes / PUT_UNIT_BYTES);
  return [
    line('Kinesis', 'shards, hours', (swipeShards + decisionShards) * HOURS_A_MONTH, at('shardHour')),
    line('Kinesis', 'PUT payload units', units(swipeRecords) + units(decisionRecords), at('putUnit')),
    line('Kinesis', 'fan-out, consumers x shards, hours', consumers * HOURS_A_MONTH, at('fanOutShardHour')),
    line('Kinesis', 'fan-out, GB', read, at('fanOutGb')),
  ];
}

/** Tables of the path of a swipe. Recovery is billed by a table's size without its indexes. */
function tableLines(
  at: Prices,
  swipesPerSecond: number,
  { keepDays, infrequentAccess, recovery, heldCapacity }: BillChoices,
): BillLine[] {
  const swipes = swipesPerSecond * SECONDS_A_MONTH;
  const gb = (bytes: number) => (swipes * bytes * keepDays) / DAYS_A_MONTH / GB;
  const tableGb = gb(PER_SWIPE.tableBytes);
  const rare = infrequentAccess;
  const units = heldCapacity
    ? [
        ...heldLines(at, swipesPerSecond, 'decisions', rare),
        ...heldLines(at, swipesPerSecond, 'presence', false),
        line('DynamoDB', 'other rows, read units', swipes * PER_SWIPE.otherReads, at('readUnit')),
      ]
    : [
        line(
          'DynamoDB',
          'decisions, read units',
          swipes * PER_SWIPE.decisionReads,
          at(rare ? 'rareReadUnit' : 'readUnit'),
        ),
        line(
          'DynamoDB',
          'decisions, write units',
          swipes * PER_SWIPE.decisionWrites,
          at(rare ? 'rareWriteUnit' : 'writeUnit'),
        ),
        line(
          'DynamoDB',
          'other rows, read units',
          swipes * (PER_SWIPE.presenceReads + PER_SWIPE.otherReads),
          at('readUnit'),
        ),
        line('DynamoDB', 'presence, write units', swipes * PER_SWIPE.presenceWrites, at('writeUnit')),
      ];
  return [
    ...units,
    line('DynamoDB', `GB, ${keepDays} days of decisions`, tableGb, at(rare ? 'rareTableGbMonth' : 'tableGbMonth')),
    ...(recovery
      ? [line('DynamoDB', 'GB of decisions with recovery', gb(PER_SWIPE.rowBytes), at('backupGbMonth'))]
      : []),
  ];
}

/** Provisioned capacity of a table and its indexes. */
function heldLines(at: Prices, swipesPerSecond: number, table: keyof typeof BUSY_TABLES, rare: boolean): BillLine[] {
  const { indexes } = BUSY_TABLES[table];
  const { least } = heldUnits(swipesPerSecond, indexes);
  const readHours = (least + indexes * INDEX_READ_UNITS) * HOURS_A_MONTH;
  const writeHours = least * (1 + indexes) * HOURS_A_MONTH;
  return [
    line(
      'DynamoDB',
      `${table}, read capacity, hours`,
      readHours,
      at(rare ? 'rareReadCapacityHour' : 'readCapacityHour'),
    ),
    line(
      'DynamoDB',
      `${table}, write capacity, hours`,
      writeHours,
      at(rare ? 'rareWriteCapacityHour' : 'writeCapacityHour'),
    ),
  ];
}

/** @param units as many as those of the other load balancer: some sites have all readers here */
function devicePortLines(at: Prices, units: number): BillLine[] {
  return [
    line('Load balancer', 'devices, hours', HOURS_A_MONTH, at('networkBalancerHour')),
    line('Load balancer', 'devices, capacity units, hours', units * HOURS_A_MONTH, at('networkBalancerUnitHour')),
  ];
}

function addressLimitLines(at: Prices, swipes: number): BillLine[] {
  return [
    line('WAF', 'web ACL', 1, at('aclMonth')),
    line('WAF', 'rules', 1, at('aclRuleMonth')),
    line('WAF', 'requests, one per swipe', swipes, at('aclRequest')),
  ];
}

function metricsOf({ series: { onAws } }: Alarm): number {
  if ('ofAll' in onAws) return onAws.ofAll.length;
  if ('without' in onAws) return 2;
  return 'ofTables' in onAws ? onAws.metrics.length * onAws.ofTables.length : 1;
}
