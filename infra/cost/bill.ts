import { AccessEvent, DECIDE_METRICS, GATEWAY_METRICS } from '@swipegate/contract';
import { ALARMS, type Alarm } from '../dashboard/dashboard.js';
import { GATEWAY_DISK_GB } from '../resources.js';
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
  RECORD_BYTES,
  SECONDS_A_MONTH,
} from './load.js';
import { type BillLine, line, PRICES } from './prices.js';

export type StreamMode = 'provisioned' | 'on-demand';

export interface BillChoices {
  mode: StreamMode;
  /** Days that decisions stay in their table: DECISION_KEEP_DAYS of decide. The archive keeps them for years. */
  keepDays: number;
  backOffice: BackOfficeChoices;
}

export interface Bill {
  swipesPerSecond: number;
  capacity: Capacity;
  lines: BillLine[];
  dollars: number;
}

const PUT_UNIT_BYTES = 25 * 1_024;
const ZONES = 3;
const ENDPOINTS = 7;
/** Months of the archive in the standard storage class; later months are cheaper and not in the bill. */
const ARCHIVE_MONTHS = 3;
const COMPRESSED = 0.2;
/** GB per hour of one load balancer capacity unit. Readers keep connections open, so bytes decide, not connections. */
const BALANCER_UNIT_GB_HOUR = 1;
/** One log line per invocation, with its metrics. */
const LOG_BYTES = 1_500;
/** Kinesis reuses a data key for five minutes per shard. */
const KEY_SECONDS = 300;
/** Keys of the streams and of the alarm topics. */
const KEYS = 2;

/** Metrics that Swipegate sends to CloudWatch; each shard adds one. */
const OWN_METRICS =
  Object.values(GATEWAY_METRICS).filter((metric) => 'cloudwatch' in metric).length +
  Object.keys(DECIDE_METRICS).length +
  AccessEvent.enum.length;

/** An alarm is billed by its metrics. */
const ALARMED_METRICS = ALARMS.reduce((sum, alarm) => sum + metricsOf(alarm), 0);

/** One per severity. */
const COMPOSITE_ALARMS = new Set(ALARMS.map(({ severity }) => severity)).size;

/** Monthly bill by service at a steady rate. The back office's lines do not depend on the swipe rate. */
export function billOf(swipesPerSecond: number, { mode, keepDays, backOffice }: BillChoices): Bill {
  const capacity = capacityFor(swipesPerSecond);
  const swipes = swipesPerSecond * SECONDS_A_MONTH;
  const invocations = capacity.invocationsPerSecond * SECONDS_A_MONTH;
  const seconds = (invocations * invocationMs(swipesPerSecond, capacity)) / 1_000;
  const balancerUnits = Math.max(1, (swipesPerSecond * PER_SWIPE.httpBytes * 3_600) / GB / BALANCER_UNIT_GB_HOUR);
  const shards = capacity.swipeShards + capacity.decisionShards;
  const keyRequests = (shards * (1 + capacity.gateways) * SECONDS_A_MONTH) / KEY_SECONDS;
  const [inGb, outGb] = [(swipes * PER_SWIPE.streamBytes) / GB, (swipes * PER_SWIPE.decisionBytes) / GB];
  const archivedGb = (inGb + outGb) * COMPRESSED * ARCHIVE_MONTHS;
  const tableGb = (swipes * PER_SWIPE.tableBytes * keepDays) / DAYS_A_MONTH / GB;
  const lines = [
    ...streamLines(mode, capacity, inGb, outGb),
    line('Lambda', 'decide, GB-seconds', seconds * LAMBDA_GB, PRICES.lambdaGbSecond),
    line('Lambda', 'decide, invocations', invocations, PRICES.lambdaRequest),
    line('DynamoDB', 'read request units', swipes * PER_SWIPE.reads, PRICES.readUnit),
    line('DynamoDB', 'write request units', swipes * PER_SWIPE.writes, PRICES.writeUnit),
    line('DynamoDB', `GB, ${keepDays} days of decisions`, tableGb, PRICES.tableGbMonth),
    line('DynamoDB', 'GB of point-in-time recovery', tableGb, PRICES.backupGbMonth),
    line('EC2', 'c7g.large, hours', capacity.gateways * HOURS_A_MONTH, PRICES.instanceHour),
    line('EC2', 'GB of disk for the spool', capacity.gateways * GATEWAY_DISK_GB, PRICES.diskGbMonth),
    line('Load balancer', 'hours', HOURS_A_MONTH, PRICES.balancerHour),
    line('Load balancer', 'capacity units, hours', balancerUnits * HOURS_A_MONTH, PRICES.balancerUnitHour),
    line('WAF', 'web ACL', 1, PRICES.aclMonth),
    line('WAF', 'rules', 1, PRICES.aclRuleMonth),
    line('WAF', 'requests, one per swipe', swipes, PRICES.aclRequest),
    line('VPC endpoints', 'hours', ENDPOINTS * ZONES * HOURS_A_MONTH, PRICES.endpointHour),
    line('VPC endpoints', 'GB', inGb + outGb * capacity.gateways, PRICES.endpointGb),
    line('Firehose', 'GB', inGb + outGb, PRICES.firehoseGb),
    line('S3', `GB, ${ARCHIVE_MONTHS} months, compressed`, archivedGb, PRICES.s3GbMonth),
    line('KMS', 'keys', KEYS, PRICES.keyMonth),
    line('KMS', 'requests', keyRequests, PRICES.keyRequest),
    line('CloudWatch', 'GB of logs', (invocations * LOG_BYTES) / GB, PRICES.logGb),
    line('CloudWatch', 'own metrics, and one per shard', OWN_METRICS + capacity.swipeShards, PRICES.metricMonth),
    line('CloudWatch', 'metrics with alarms', ALARMED_METRICS, PRICES.alarmMonth),
    line('CloudWatch', 'composite alarms', COMPOSITE_ALARMS, PRICES.compositeAlarmMonth),
    line('CloudWatch', 'dashboards', 1, PRICES.dashboardMonth),
    ...backOfficeLines(backOffice),
  ];
  return { swipesPerSecond, capacity, lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

function streamLines(mode: StreamMode, capacity: Capacity, inGb: number, outGb: number): BillLine[] {
  const { swipeShards, decisionShards, gateways } = capacity;
  const read = inGb + outGb * gateways;
  if (mode === 'on-demand') {
    return [
      line('Kinesis', 'streams, hours', 2 * HOURS_A_MONTH, PRICES.onDemandStreamHour),
      line('Kinesis', 'GB in', inGb + outGb, PRICES.onDemandGbIn),
      line('Kinesis', 'GB out, archive', inGb + outGb, PRICES.onDemandGbOut),
      line('Kinesis', 'GB out, fan-out', read, PRICES.onDemandFanOutGb),
    ];
  }
  const consumers = swipeShards + decisionShards * gateways;
  const units = (gb: number) => ((gb * GB) / RECORD_BYTES) * Math.ceil(RECORD_BYTES / PUT_UNIT_BYTES);
  return [
    line('Kinesis', 'shards, hours', (swipeShards + decisionShards) * HOURS_A_MONTH, PRICES.shardHour),
    line('Kinesis', 'PUT payload units', units(inGb) + units(outGb), PRICES.putUnit),
    line('Kinesis', 'fan-out, consumers x shards, hours', consumers * HOURS_A_MONTH, PRICES.fanOutShardHour),
    line('Kinesis', 'fan-out, GB', read, PRICES.fanOutGb),
  ];
}

function metricsOf({ series: { onAws } }: Alarm): number {
  if ('ofAll' in onAws) return onAws.ofAll.length;
  if ('without' in onAws) return 2;
  return 'ofTables' in onAws ? onAws.metrics.length * onAws.ofTables.length : 1;
}
