import { GATEWAY_DISK_GB } from '../resources.js';
import { type BackOfficeChoices, backOfficeLines } from './back-office.js';
import { type BillLine, line } from './bill-line.js';
import {
  type Capacity,
  capacityFor,
  HOURS_A_MONTH,
  invocationMs,
  PER_SWIPE,
  RECORD_BYTES,
  SECONDS_A_MONTH,
} from './load.js';
import { PRICES } from './prices.js';
import { ALARMED_METRICS, COMPOSITE_ALARMS, OWN_METRICS } from './watching.js';

export type StreamMode = 'provisioned' | 'on-demand';

/** What a deployment chooses. */
export interface BillChoices {
  mode: StreamMode;
  /** How long decisions stay in their table, days: DECISION_KEEP_DAYS of decide. The archive has them for years. */
  keepDays: number;
  backOffice: BackOfficeChoices;
}

export interface Bill {
  swipesPerSecond: number;
  capacity: Capacity;
  lines: BillLine[];
  dollars: number;
}

const GB = 1e9;
const PUT_UNIT_BYTES = 25 * 1_024;
/** Gateways follow the decisions by fan-out, each for itself. */
const ZONES = 3;
const ENDPOINTS = 6;
/** decide, occupancy, redrive … and the archive: months of it that are kept warm, of the seven years. */
const ARCHIVE_MONTHS = 3;
const COMPRESSED = 0.2;
const DAYS_A_MONTH = 365 / 12;
const LAMBDA_GB = 1_769 / 1_024;
/** Of an LCU: new connections, open ones, bytes; readers keep theirs, so bytes and rules decide. */
const BALANCER_UNIT_GB_HOUR = 1;
/** A line of log an invocation, with its metrics. */
const LOG_BYTES = 1_500;
/** A data key serves a stream's shard for five minutes. */
const KEY_SECONDS = 300;
/** Of the streams, and of the alarms on their way. */
const KEYS = 2;
/** Of the web ACL. */
const RULES = 1;

/** The bill of a month at a steady rate, by service; the back office's at its own, whatever is swiped. */
export function billOf(swipesPerSecond: number, { mode, keepDays, backOffice }: BillChoices): Bill {
  const capacity = capacityFor(swipesPerSecond);
  const swipes = swipesPerSecond * SECONDS_A_MONTH;
  const [inGb, outGb] = [(swipes * PER_SWIPE.streamBytes) / GB, (swipes * PER_SWIPE.decisionBytes) / GB];
  const tableGb = (swipes * PER_SWIPE.tableBytes * keepDays) / DAYS_A_MONTH / GB;
  const lines = [
    ...streamLines('Kinesis', mode, capacity, { inGb, outGb }),
    line(
      'Lambda',
      'decide, GB-seconds',
      (capacity.invocationsPerSecond * SECONDS_A_MONTH * invocationMs(swipesPerSecond, capacity) * LAMBDA_GB) / 1_000,
      PRICES.lambdaGbSecond,
    ),
    line('Lambda', 'decide, invocations', capacity.invocationsPerSecond * SECONDS_A_MONTH, PRICES.lambdaRequest),
    line('DynamoDB', 'read request units', swipes * PER_SWIPE.reads, PRICES.readUnit),
    line('DynamoDB', 'write request units', swipes * PER_SWIPE.writes, PRICES.writeUnit),
    line('DynamoDB', `GB, ${keepDays} days of decisions`, tableGb, PRICES.tableGbMonth),
    line('DynamoDB', 'GB of point-in-time recovery', tableGb, PRICES.backupGbMonth),
    line('EC2', 'c7g.large, hours', capacity.gateways * HOURS_A_MONTH, PRICES.instanceHour),
    line('EC2', 'GB of disk for the spool', capacity.gateways * GATEWAY_DISK_GB, PRICES.diskGbMonth),
    line('Load balancer', 'hours', HOURS_A_MONTH, PRICES.balancerHour),
    line(
      'Load balancer',
      'capacity units, hours',
      Math.max(1, (swipesPerSecond * PER_SWIPE.httpBytes * 3_600) / GB / BALANCER_UNIT_GB_HOUR) * HOURS_A_MONTH,
      PRICES.balancerUnitHour,
    ),
    line('WAF', 'web ACL', 1, PRICES.aclMonth),
    line('WAF', 'rules', RULES, PRICES.aclRuleMonth),
    line('WAF', 'requests, a swipe each', swipes, PRICES.aclRequest),
    line('VPC endpoints', 'hours', ENDPOINTS * ZONES * HOURS_A_MONTH, PRICES.endpointHour),
    line('VPC endpoints', 'GB', inGb + outGb * capacity.gateways, PRICES.endpointGb),
    line('Firehose', 'GB', inGb + outGb, PRICES.firehoseGb),
    line(
      'S3',
      `GB, ${ARCHIVE_MONTHS} months, compressed`,
      (inGb + outGb) * COMPRESSED * ARCHIVE_MONTHS,
      PRICES.s3GbMonth,
    ),
    line('KMS', 'keys', KEYS, PRICES.keyMonth),
    line(
      'KMS',
      'requests',
      ((capacity.swipeShards + capacity.decisionShards) * (1 + capacity.gateways) * SECONDS_A_MONTH) / KEY_SECONDS,
      PRICES.keyRequest,
    ),
    line('CloudWatch', 'GB of logs', (capacity.invocationsPerSecond * SECONDS_A_MONTH * LOG_BYTES) / GB, PRICES.logGb),
    line('CloudWatch', 'metrics of its own, and by shard', OWN_METRICS + capacity.swipeShards, PRICES.metricMonth),
    line('CloudWatch', 'metrics that are alarmed on', ALARMED_METRICS, PRICES.alarmMonth),
    line('CloudWatch', 'alarms that sum up', COMPOSITE_ALARMS, PRICES.compositeAlarmMonth),
    line('CloudWatch', 'dashboards', 1, PRICES.dashboardMonth),
    ...backOfficeLines(backOffice),
  ];
  return { swipesPerSecond, capacity, lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

function streamLines(
  service: string,
  mode: StreamMode,
  { swipeShards, decisionShards, gateways }: Capacity,
  { inGb, outGb }: { inGb: number; outGb: number },
): BillLine[] {
  const read = inGb + outGb * gateways;
  const archived = inGb + outGb;
  if (mode === 'on-demand') {
    return [
      line(service, 'streams, hours', 2 * HOURS_A_MONTH, PRICES.onDemandStreamHour),
      line(service, 'GB in', inGb + outGb, PRICES.onDemandGbIn),
      line(service, 'GB out, archive', archived, PRICES.onDemandGbOut),
      line(service, 'GB out, fan-out', read, PRICES.onDemandFanOutGb),
    ];
  }
  const units = (gb: number) => ((gb * GB) / RECORD_BYTES) * Math.ceil(RECORD_BYTES / PUT_UNIT_BYTES);
  return [
    line(service, 'shards, hours', (swipeShards + decisionShards) * HOURS_A_MONTH, PRICES.shardHour),
    line(service, 'PUT payload units', units(inGb) + units(outGb), PRICES.putUnit),
    line(
      service,
      'fan-out, consumers x shards, hours',
      (swipeShards + decisionShards * gateways) * HOURS_A_MONTH,
      PRICES.fanOutShardHour,
    ),
    line(service, 'fan-out, GB', read, PRICES.fanOutGb),
  ];
}
