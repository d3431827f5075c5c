import { GATEWAY_METRICS } from '@swipegate/contract';
import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';
import { BACK_OFFICE_ALARMS } from './back-office-alarms.js';
import { ofDecide, ofGateway, ofService, type Series, type Unit } from './series.js';
import { NEVER_THROTTLED, TABLE_THROTTLES } from './throttles.js';

/** `page`: somebody gets up for it, for people stand before doors or swipes may not be kept. `ticket`: it can wait for the morning. */
export type Severity = 'page' | 'ticket';

export interface Alarm {
  /** Part of its name in CloudWatch, and the anchor of its steps in the runbook. */
  id: string;
  title: string;
  severity: Severity;
  series: Series;
  unit: Unit;
  /** It is bad above this: of a counter, what it rose by in one period. */
  above: number;
  /** Periods in a row, of a minute each, in which it must be bad. */
  periods: number;
  /** What it means for people. */
  meaning: string;
  /** What to do first, second and third. */
  steps: readonly [string, string, string];
}

export const ALARM_PERIOD_MS = 60_000;

export const ALARMS: readonly Alarm[] = [
  {
    id: 'server-errors',
    title: 'Gateways answer 5xx',
    severity: 'page',
    series: ofService('balancer', 'HTTPCode_Target_5XX_Count', '5xx of gateways', 'Sum', {
      increase: GATEWAY_METRICS.responses.prometheus,
      where: { class: '5xx' },
    }),
    unit: 'count',
    above: 10,
    periods: 2,
    meaning: 'Readers are told to come again, or met a fault. Nothing that was accepted is lost.',
    steps: [
      'Shed requests in alarm as well? Then go on there. Else read the gateways’ log for level 50, by request id.',
      'One instance alone? Terminate it: the group replaces it, and its spool is sent first (Drain a gateway).',
      'All of them, since a deployment? Roll back.',
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
    above: 2_000,
    periods: 3,
    meaning: 'People stand before doors.',
    steps: [
      'Acknowledgement slow too? Then it is the stream: look at throttles, and at puts that are sent again.',
      'Swipe to decision slow, acknowledgement quick? Then it is the function: iterator age, duration, errors.',
      'CPU of the gateways above 80 %? Raise SWIPEGATE_MIN_GATEWAYS, and see why scaling did not.',
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
    above: 0,
    periods: 2,
    meaning: 'Some readers cannot even connect.',
    steps: [
      'Far more connections than readers? A controller that opens one a swipe, or an attack: the access log says from where.',
      'An attack: lower the limit by address in the web ACL. A controller: its owner.',
      'Real growth: more gateways; MAX_CONNECTIONS where memory allows.',
    ],
  },
  {
    id: 'shed-requests',
    title: 'Requests are shed',
    severity: 'page',
    series: ofGateway('requestsShed', 'requests shed', 'Sum'),
    unit: 'count',
    above: 10,
    periods: 2,
    meaning: 'Readers are told to come again: doors open late, nothing is lost.',
    steps: [
      'Buffers full, or puts sent again? The stream takes too little: see throttles.',
      'Neither, and CPU high? More gateways: raise SWIPEGATE_MIN_GATEWAYS.',
      'One key posts most of it? The access log names it; a controller that retries without a pause is told so.',
    ],
  },
  {
    id: 'slow-decisions',
    title: 'Swipe to decision is slow (p99)',
    severity: 'page',
    series: ofGateway('swipeToDecision', 'p99', 'p99'),
    unit: 'ms',
    above: 1_000,
    periods: 3,
    meaning: 'People stand before doors.',
    steps: [
      'Iterator age high? The function is behind: go on there.',
      'The function’s duration high? DynamoDB throttles, or a cold table: its log has the slow calls.',
      'Neither: the gateways’ tail of the decisions stream. Is it throttled; are more than 20 consumers registered?',
    ],
  },
  {
    id: 'iterator-age',
    title: 'Decisions fall behind',
    severity: 'page',
    series: ofService('decide function', 'IteratorAge', 'oldest', 'Maximum', { value: LOCAL_METRICS.iteratorAge.name }),
    unit: 'ms',
    above: 5_000,
    periods: 3,
    meaning: 'Swipes wait; after a minute they are recorded only, and open no door.',
    steps: [
      'Errors of the function? A batch that fails holds up its shard: its log says why.',
      'No errors, batches full? Too few shards for what comes: reshard.',
      'Throttles of the function or of a table? Raise its limit; npm run cost says where limits lie.',
    ],
  },
  {
    id: 'function-errors',
    title: 'The decision function fails',
    severity: 'page',
    series: ofService('decide function', 'Errors', 'errors', 'Sum', { increase: LOCAL_METRICS.errors.name }),
    unit: 'count',
    above: 2,
    periods: 2,
    meaning: 'Swipes of a shard wait until the batch goes through, or is given up.',
    steps: [
      'Its log: which call refused, and with what?',
      'AccessDenied or a missing table: what was deployed last? Roll back.',
      'Else a service of AWS that fails: the batches come again by themselves; watch iterator age.',
    ],
  },
  {
    id: 'function-throttles',
    title: 'The decision function is throttled',
    severity: 'page',
    series: ofService('decide function', 'Throttles', 'throttles', 'Sum', { nowhere: NEVER_THROTTLED }),
    unit: 'count',
    above: 0,
    periods: 2,
    meaning: 'Another function of the account uses up what may run at once; swipes wait.',
    steps: [
      'Which function runs so often? CloudWatch, ConcurrentExecutions by function.',
      'Reserve as many instances for decide as the stream has shards.',
      'Ask AWS for a higher concurrency of the account.',
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
    above: 100,
    periods: 3,
    meaning: 'Gateways send again and buffer: nothing is lost, answers get slower.',
    steps: [
      'All shards near 1 MB/s? Reshard.',
      'One shard alone? One card, or a tenant of few: see who swipes so often, before a reshard that will not help.',
      'No shard near it? Many small records: a longer LINGER_MS.',
    ],
  },
  {
    id: 'failed-records',
    title: 'Records are given up',
    severity: 'page',
    series: ofGateway('failedRecords', 'given up', 'Sum'),
    unit: 'count',
    above: 0,
    periods: 1,
    meaning: 'Swipes that were not acknowledged: their readers got 503 and send again.',
    steps: [
      'Is Kinesis, or the way to it, down? The gateways’ log names the cause of each retry.',
      'Is the spool full, or its disk? Nothing is taken any more until there is room.',
      'When it is over: do the readers’ own counts agree with the decisions of that time?',
    ],
  },
  {
    id: 'spooling',
    title: 'Swipes lie in the spool',
    severity: 'ticket',
    series: ofGateway('spooledBytes', 'spool', 'Maximum'),
    unit: 'bytes',
    above: 0,
    periods: 2,
    meaning: 'The stream takes less than comes. They are durable on the gateways’ disks, and are sent in order.',
    steps: [
      'Does it shrink? Then it is over, and needs no more than watching.',
      'Does it grow? Throttles or an outage: see there. Do not terminate instances meanwhile.',
      'Is it near SPOOL_MAX_BYTES? More room, or more gateways, before it sheds.',
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
    above: 0,
    periods: 1,
    meaning: 'Swipes that have no decision: the function could not run on them.',
    steps: [
      'Read the message: shard and sequence numbers (A message in the on-failure queue).',
      'The function’s log at that time; put right what failed.',
      'Put the records back on the stream: it keeps them for 24 hours, the archive for good.',
    ],
  },
  {
    id: 'parked-records',
    title: 'Records cannot be decided',
    severity: 'ticket',
    series: ofDecide('ParkedRecords', 'parked', 'Sum', { increase: LOCAL_METRICS.parked.name }),
    unit: 'count',
    above: 0,
    periods: 1,
    meaning: 'Each is parked with its reason, and holds up nobody.',
    steps: [
      'What lies there, and why: a redrive with dryRun (Replay what was parked).',
      'Put right the row or the version that could not be read.',
      'Redrive. Swipes that come late are recorded as history.',
    ],
  },
  {
    id: 'table-throttles',
    title: 'DynamoDB throttles',
    severity: 'ticket',
    series: TABLE_THROTTLES,
    unit: 'count',
    above: 10,
    periods: 3,
    meaning: 'Decisions get slower; they are made all the same.',
    steps: [
      'A sudden peak? On-demand tables take twice their highest peak so far at once: it passes within minutes.',
      'One key? Contributor Insights on the table names it.',
      'An announced peak: warm the tables’ throughput beforehand.',
    ],
  },
  ...BACK_OFFICE_ALARMS,
];
