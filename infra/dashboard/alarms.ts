import { GATEWAY_METRICS } from '@swipegate/contract';
import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';
import { NEVER_THROTTLED, ofDecide, ofGateway, ofService, type Series, TABLE_THROTTLES, type Unit } from './series.js';

/** `page` calls someone out: people stand before doors, or swipes may be lost. `ticket` can wait until morning. */
export type Severity = 'page' | 'ticket';

/** The bad values, in the alarm's unit. For a counter: bad values of its increase in one period. */
export type Limit = { above: number } | { below: number };

/** Meaning of minutes without data. `bad`: they count as past the limit. `unchanged`: the alarm keeps its state. */
export interface Missing {
  is: 'fine' | 'bad' | 'unchanged';
  because: string;
}

export interface Alarm {
  /** Part of the name in CloudWatch; also in the runbook, below the alarm's heading. */
  id: string;
  title: string;
  severity: Severity;
  series: Series;
  unit: Unit;
  limit: Limit;
  /** Consecutive minutes past the limit before the alarm goes off. */
  periods: number;
  /** Judged only in the hours of SWIPEGATE_WORKING_HOURS. */
  during?: 'working hours';
  missing: Missing;
  /** Effect on people. */
  meaning: string;
  steps: readonly [string, string, string];
}

export const ALARM_PERIOD_MS = 60_000;

/** A condition in words, such as `Above 10 in a minute, for 2 minutes, in working hours.` */
export function conditionOf({ limit, unit, periods, during }: Alarm): string {
  const [word, value] = 'above' in limit ? ['Above', limit.above] : ['Below', limit.below];
  const minutes = (periods * ALARM_PERIOD_MS) / 60_000;
  return [
    `${word} ${value.toLocaleString('en-US')} ${unit === 'count' ? 'in a minute' : unit}`,
    `for ${minutes === 1 ? 'one minute' : `${minutes} minutes`}`,
    ...(during === undefined ? [] : [`in ${during}`]),
  ].join(', ');
}

/** Meaning of minutes without data, in words. */
export function missingOf({ missing }: Alarm): string {
  const state = { fine: 'no alarm', bad: 'alarm', unchanged: 'the state stays' }[missing.is];
  return `Without data: ${state}. ${missing.because}`;
}

const FINE = 'fine';
export const ONLY_WHEN_IT_HAPPENS: Missing = {
  is: FINE,
  because: 'AWS reports this count only in a minute in which it is not 0.',
};
export const NO_INVOCATION: Missing = {
  is: FINE,
  because: 'Lambda reports this with each invocation, and there was none.',
};
export const EMPTY_QUEUE: Missing = {
  is: FINE,
  because: 'SQS does not report a queue that has been empty for hours.',
};
/** A gateway sends its metrics every ten seconds, zeros too. */
const SILENT_GATEWAYS: Missing = {
  is: FINE,
  because: 'No gateway sends metrics. The alarms “No healthy gateway” and “No swipes in working hours” report that.',
};
const GATEWAYS_LAST_WORD: Missing = {
  is: 'unchanged',
  because: 'No gateway sends metrics, so the last known value still counts.',
};

/** Alarms for the path of a swipe. */
export const SWIPE_ALARMS: readonly Alarm[] = [
  {
    id: 'server-errors',
    title: 'Gateways answer 5xx',
    severity: 'page',
    series: ofService('balancer', 'HTTPCode_Target_5XX_Count', 'gateway 5xx', 'Sum', {
      increase: GATEWAY_METRICS.responses.prometheus,
      where: { class: '5xx' },
    }),
    unit: 'count',
    limit: { above: 10 },
    periods: 2,
    missing: ONLY_WHEN_IT_HAPPENS,
    meaning: 'Readers must retry, or hit a fault. No accepted swipe is lost.',
    steps: [
      'Is the alarm for shed requests on as well? Continue there. If not, search the gateways’ log for level 50 and follow the request id.',
      'Only one instance? Terminate it (Drain a gateway): it sends its spool first, and the group replaces it.',
      'All instances, since a deployment? Roll back.',
    ],
  },
  {
    id: 'slow-answers',
    title: 'Answers are slow (p99)',
    severity: 'page',
    series: {
      id: 'balancer-targetresponsetime-p99',
      title: 'p99',
      onAws: { metric: 'TargetResponseTime', of: 'balancer', statistic: 'p99', times: 1_000 },
      onOneMachine: { quantile: 0.99, of: GATEWAY_METRICS.ackLatency.prometheus },
    },
    unit: 'ms',
    limit: { above: 2_000 },
    periods: 3,
    missing: { is: FINE, because: 'There was no request.' },
    meaning: 'People stand before doors.',
    steps: [
      'Is acknowledgement slow too? The cause is the stream: check throttles and retried puts.',
      'Is swipe to decision slow, but acknowledgement fast? The cause is the function: check iterator age, duration and errors.',
      'Is gateway CPU above 80 %? Raise SWIPEGATE_MIN_GATEWAYS, and find out why the group did not scale.',
    ],
  },
  {
    id: 'rejected-connections',
    title: 'Connections are rejected',
    severity: 'page',
    series: ofService('balancer', 'RejectedConnectionCount', 'rejected', 'Sum', {
      increase: GATEWAY_METRICS.connectionsRejected.prometheus,
    }),
    unit: 'count',
    limit: { above: 0 },
    periods: 2,
    missing: ONLY_WHEN_IT_HAPPENS,
    meaning: 'Some readers cannot connect.',
    steps: [
      'Far more connections than readers? Either a controller opens one per swipe, or this is an attack. The access log shows the addresses.',
      'For an attack, lower the per-address limit in the web ACL. For a controller, contact its owner.',
      'For real growth, add gateways, or raise MAX_CONNECTIONS if memory allows.',
    ],
  },
  {
    id: 'shed-requests',
    title: 'Requests are shed',
    severity: 'page',
    series: ofGateway('requestsShed', 'requests shed', 'Sum'),
    unit: 'count',
    limit: { above: 10 },
    periods: 2,
    missing: SILENT_GATEWAYS,
    meaning: 'Readers must retry: doors open late. Nothing is lost.',
    steps: [
      'Are buffers full, or puts retried? The stream is too slow: check throttles.',
      'If not, is CPU high? Add gateways: raise SWIPEGATE_MIN_GATEWAYS.',
      'Does one API key send most requests? Find it in the access log. If its controller retries without a pause, contact the owner.',
    ],
  },
  {
    id: 'slow-decisions',
    title: 'Swipe to decision is slow (p99)',
    severity: 'page',
    series: ofGateway('swipeToDecision', 'p99', 'p99'),
    unit: 'ms',
    limit: { above: 1_000 },
    periods: 3,
    missing: {
      is: FINE,
      because:
        'There was no decision. The alarms “Decisions fall behind” and “No swipes in working hours” report faults.',
    },
    meaning: 'People stand before doors.',
    steps: [
      'Is iterator age high? The function is behind: continue with that alarm.',
      'Is the function’s duration high? DynamoDB throttles, or a table is cold: the function’s log lists slow calls.',
      'If neither, check how the gateways tail the decisions stream: is it throttled, are more than 20 consumers registered?',
    ],
  },
  {
    id: 'iterator-age',
    title: 'Decisions fall behind',
    severity: 'page',
    series: ofService('decide function', 'IteratorAge', 'oldest', 'Maximum', { value: LOCAL_METRICS.iteratorAge.name }),
    unit: 'ms',
    limit: { above: 5_000 },
    periods: 3,
    missing: NO_INVOCATION,
    meaning: 'Swipes wait. After a minute they are only recorded and open no door.',
    steps: [
      'Does the function fail? A failed batch blocks its shard; the function’s log gives the cause.',
      'No errors, but full batches? There are too few shards for the load: reshard.',
      'Is the function or a table throttled? Raise its limit; npm run cost lists the limits.',
    ],
  },
  {
    id: 'function-errors',
    title: 'The decision function fails',
    severity: 'page',
    series: ofService('decide function', 'Errors', 'errors', 'Sum', { increase: LOCAL_METRICS.errors.name }),
    unit: 'count',
    limit: { above: 2 },
    periods: 2,
    missing: NO_INVOCATION,
    meaning: 'Swipes of a shard wait until the batch succeeds or is given up.',
    steps: [
      'Read the function’s log: which call failed, and with which error?',
      'AccessDenied, or a missing table? Roll back the last deployment.',
      'Otherwise an AWS service fails. Lambda retries the batches: watch iterator age.',
    ],
  },
  {
    id: 'function-throttles',
    title: 'The decision function is throttled',
    severity: 'page',
    series: ofService('decide function', 'Throttles', 'throttles', 'Sum', { nowhere: NEVER_THROTTLED }),
    unit: 'count',
    limit: { above: 0 },
    periods: 2,
    missing: NO_INVOCATION,
    meaning: 'Other functions use up the account’s concurrency; swipes wait.',
    steps: [
      'Find the function: CloudWatch, ConcurrentExecutions by function.',
      'Reserve as much concurrency for decide as the stream has shards.',
      'Ask AWS to raise the account’s concurrency limit.',
    ],
  },
  {
    id: 'write-throttles',
    title: 'The swipes stream throttles',
    severity: 'ticket',
    series: ofService('swipes stream', 'WriteProvisionedThroughputExceeded', 'throttled', 'Sum', {
      increase: GATEWAY_METRICS.putRetries.prometheus,
      where: { cause: 'throttled' },
    }),
    unit: 'count',
    limit: { above: 100 },
    periods: 3,
    missing: { is: FINE, because: 'Kinesis reports this with each put, and there was none.' },
    meaning: 'Gateways buffer and retry: answers get slower. Nothing is lost.',
    steps: [
      'Are all shards near 1 MB/s? Reshard.',
      'Only one shard? One card, or a tenant with few cards, swipes very often. Find it first: resharding does not help.',
      'No shard near 1 MB/s? There are too many small records: raise LINGER_MS.',
    ],
  },
  {
    id: 'failed-records',
    title: 'Records are given up',
    severity: 'page',
    series: ofGateway('failedRecords', 'given up', 'Sum'),
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: SILENT_GATEWAYS,
    meaning: 'These swipes were not acknowledged: their readers got 503 and retry.',
    steps: [
      'Is Kinesis, or the network to it, down? The gateways’ log names the cause of each retry.',
      'Is the spool or its disk full? The gateway accepts nothing until there is room.',
      'Afterwards, compare the readers’ own counts with the decisions of that time.',
    ],
  },
  {
    id: 'spooling',
    title: 'Swipes wait in the spool',
    severity: 'ticket',
    series: ofGateway('spooledBytes', 'spool', 'Maximum'),
    unit: 'bytes',
    limit: { above: 0 },
    periods: 2,
    missing: GATEWAYS_LAST_WORD,
    meaning:
      'The stream takes less than the gateways receive. The swipes are durable on the gateways’ disks and are sent in order.',
    steps: [
      'Does the spool shrink? The cause is over: only watch it.',
      'Does it grow? Check for throttles or an outage. Do not terminate instances meanwhile.',
      'Is it near SPOOL_MAX_BYTES? Add disk space or gateways before the gateways shed requests.',
    ],
  },
  {
    id: 'stream-unordered',
    title: 'The swipes stream keeps no order',
    severity: 'page',
    series: ofGateway('streamUnordered', 'gateways', 'Maximum'),
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: GATEWAYS_LAST_WORD,
    meaning:
      'The stream’s record distribution strategy is AUTO. Swipes are stored and decided, but a card’s swipes may be decided out of order: presence and anti-passback may be wrong. No gateway starts on such a stream.',
    steps: [
      'Set the strategy back: aws kinesis update-stream-record-distribution-strategy --stream-arn ARN --record-distribution-strategy USER_PARTITION_KEY. Gateways notice within a minute.',
      'CloudTrail names the caller of UpdateStreamRecordDistributionStrategy. Deny that action on the stream.',
      'Compare the muster list with who is there. Mark those who are listed wrongly as outside, or forgive their passback.',
    ],
  },
  {
    id: 'dead-letters',
    title: 'Batches were given up',
    severity: 'page',
    series: ofService('on-failure queue', 'ApproximateNumberOfMessagesVisible', 'batches', 'Maximum', {
      value: LOCAL_METRICS.deadLetters.name,
    }),
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: EMPTY_QUEUE,
    meaning: 'These swipes have no decision: the function failed on their batch.',
    steps: [
      'Read the message: it has the shard and the sequence numbers (A message in the on-failure queue).',
      'Read the function’s log of that time, and repair what failed.',
      'Put the records back on the stream. The stream keeps them for 24 hours, the archive for SWIPEGATE_ARCHIVE_DAYS.',
    ],
  },
  {
    id: 'parked-records',
    title: 'Records cannot be decided',
    severity: 'ticket',
    series: ofDecide('ParkedRecords', 'parked', { increase: LOCAL_METRICS.parked.name }),
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: NO_INVOCATION,
    meaning: 'Each record is parked with its reason and blocks no other.',
    steps: [
      'List the records and their reasons: redrive with dryRun (Redrive parked records).',
      'Repair the row, or deploy the version that can read it.',
      'Redrive. Late swipes are recorded as history.',
    ],
  },
  {
    id: 'unreadable-rows',
    title: 'Rows cannot be read',
    severity: 'ticket',
    series: ofDecide('UnreadableRows', 'unreadable', { increase: LOCAL_METRICS.unreadableRows.name }),
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: NO_INVOCATION,
    meaning:
      'The way out stays open. Rows of presence and zones heal at once. A card whose own row is broken opens no door.',
    steps: [
      'Search the function’s log for row unreadable: it names the table and the key. GET /v1/alarms says when and where.',
      'A healed row of presence? Check where the cardholder is. If their place was lost, they are denied until they go out or you forgive their entry.',
      'A row of cards, employees or decisions: correct it, then redrive the swipes (Redrive parked records).',
    ],
  },
  {
    id: 'reader-clocks',
    title: 'Readers’ clocks are wrong',
    severity: 'ticket',
    series: ofGateway('readersWithWrongClock', 'readers', 'Maximum'),
    unit: 'count',
    limit: { above: 0 },
    periods: 5,
    missing: GATEWAYS_LAST_WORD,
    meaning:
      'Their swipes are decided by the gateway’s clock. Doors work, but do not use the readers’ own times as evidence.',
    steps: [
      'List the readers: GET /v1/alarms, type clock-wrong. The detail says how far off each clock is.',
      'All readers at once? Compare the gateways’ clocks with another source. If the readers send swipes that waited, no clock is wrong.',
      'Set the clock, or repair the reader’s time server or battery.',
    ],
  },
  {
    id: 'table-throttles',
    title: 'DynamoDB throttles',
    severity: 'ticket',
    series: TABLE_THROTTLES,
    unit: 'count',
    limit: { above: 10 },
    periods: 3,
    missing: ONLY_WHEN_IT_HAPPENS,
    meaning: 'Decisions get slower, but none is lost.',
    steps: [
      'A sudden peak? On-demand tables take twice their previous peak at once and adapt within minutes.',
      'A hot key? Contributor Insights on the table names it.',
      'Before a known peak, set the tables’ warm throughput.',
    ],
  },
];
