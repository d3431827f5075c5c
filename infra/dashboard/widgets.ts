import { GATEWAY_METRICS } from '@swipegate/contract';
import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';
import {
  type AwsSearch,
  NEVER_THROTTLED,
  ofDecide,
  ofGateway,
  ofService,
  type Series,
  TABLE_THROTTLES,
  type Unit,
} from './series.js';

export interface Widget {
  id: string;
  title: string;
  /** `figures`: the last value of each series, large. `lines`: over time; `areas`: stacked. */
  kind: 'figures' | 'lines' | 'areas';
  unit: Unit;
  series: readonly Series[];
  /** Threshold line, in `unit`: values above it are bad. */
  limit?: { title: string; at: number };
}

const { responses, decisions, shardBytes, putRetries } = GATEWAY_METRICS;
/** Bytes/s that a shard accepts: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html. */
const SHARD_BYTES = 1_048_576;
const DECISION_BUDGET_MS = 250;

const decided: Series = ofDecide('Decisions', 'decided', { increase: decisions.prometheus });

const ofTables =
  (metric: string): AwsSearch['search'] =>
  ({ tables }) => {
    const named = tables.map((table) => `TableName="${table}"`).join(' OR ');
    return `{AWS/DynamoDB,Operation,TableName} (${named}) MetricName="${metric}"`;
  };

function lines(id: string, title: string, unit: Unit, series: readonly Series[], limit?: Widget['limit']): Widget {
  return { id, title, kind: 'lines', unit, series, ...(limit && { limit }) };
}

function figures(id: string, title: string, unit: Unit, series: readonly Series[]): Widget {
  return { id, title, kind: 'figures', unit, series };
}

/** In display order: effects on people first, then possible causes. */
export const WIDGETS: readonly Widget[] = [
  figures('now', 'Now', 'per second', [ofGateway('swipesAccepted', 'accepted', 'Sum'), decided]),
  figures('present', 'Present', 'count', [
    ofGateway('readersHeard', 'readers heard in 5 min', 'Maximum'),
    ofGateway('connections', 'connections', 'Maximum'),
    ofGateway('waitingRequests', 'requests waiting for a decision', 'Maximum'),
  ]),
  lines('throughput', 'Throughput', 'per second', [
    ofGateway('swipesAccepted', 'swipes accepted', 'Sum'),
    decided,
    ofGateway('doorEventsAccepted', 'door events accepted', 'Sum'),
  ]),
  lines(
    'swipe-to-decision',
    'Swipe to decision',
    'ms',
    [
      ofGateway('swipeToDecision', 'p50', 'p50'),
      ofGateway('swipeToDecision', 'p90', 'p90'),
      ofGateway('swipeToDecision', 'p99', 'p99'),
    ],
    { title: 'budget', at: DECISION_BUDGET_MS },
  ),
  lines('acknowledgement', 'Acknowledgement: time until durable', 'ms', [
    ofGateway('ackLatency', 'p50', 'p50'),
    ofGateway('ackLatency', 'p90', 'p90'),
    ofGateway('ackLatency', 'p99', 'p99'),
  ]),
  {
    id: 'reasons',
    title: 'Decisions by reason',
    kind: 'areas',
    unit: 'per second',
    series: [
      {
        id: 'reason',
        title: 'reason',
        onAws: {
          search: ({ namespace }) => `{"${namespace}",service} service="decide" MetricName=Reason`,
          statistic: 'Sum',
          added: false,
        },
        onOneMachine: { increase: decisions.prometheus, by: 'reason' },
      },
    ],
  },
  lines('refused', 'Not accepted', 'per second', [
    ofGateway('itemsRejected', 'items rejected', 'Sum'),
    ofGateway('requestsShed', 'requests shed', 'Sum'),
    ofGateway('connectionsRejected', 'connections rejected', 'Sum'),
  ]),
  lines('balancer', 'Load balancer', 'per second', [
    ofService('balancer', 'RequestCount', 'requests', 'Sum', { increase: responses.prometheus }),
    ofService('balancer', 'HTTPCode_Target_5XX_Count', 'gateway 5xx', 'Sum', {
      increase: responses.prometheus,
      where: { class: '5xx' },
    }),
    ofService('balancer', 'HTTPCode_ELB_5XX_Count', 'load balancer 5xx', 'Sum', {
      nowhere: 'One machine has no load balancer.',
    }),
  ]),
  lines('stream', 'Swipes stream: bytes written', 'bytes per second', [
    ofService('swipes stream', 'IncomingBytes', 'bytes', 'Sum', {
      increase: GATEWAY_METRICS.streamBytes.prometheus,
    }),
  ]),
  lines(
    'shards',
    'Swipes stream: by shard',
    'bytes per second',
    [
      {
        id: 'shard',
        title: 'shard',
        onAws: {
          search: ({ swipesStream }) =>
            `{AWS/Kinesis,ShardId,StreamName} StreamName="${swipesStream}" MetricName="IncomingBytes"`,
          statistic: 'Sum',
          added: false,
        },
        onOneMachine: { increase: shardBytes.prometheus, by: 'shard' },
      },
    ],
    { title: 'shard limit', at: SHARD_BYTES },
  ),
  lines('put-faults', 'Swipes stream: throttled and retried', 'per second', [
    ofService('swipes stream', 'WriteProvisionedThroughputExceeded', 'throttled', 'Sum', {
      increase: putRetries.prometheus,
      where: { cause: 'throttled' },
    }),
    ofGateway('putRetries', 'retried', 'Sum'),
    ofGateway('failedRecords', 'given up', 'Sum'),
  ]),
  lines('buffers', 'Gateway: buffers and spool', 'bytes', [
    ofGateway('bufferedBytes', 'buffered', 'Maximum'),
    ofGateway('spooledBytes', 'spool', 'Maximum'),
  ]),
  lines('oldest', 'Longest wait', 'ms', [
    ofGateway('oldestAge', 'for the stream', 'Maximum'),
    ofService('decide function', 'IteratorAge', 'for a decision', 'Maximum', {
      value: LOCAL_METRICS.iteratorAge.name,
    }),
  ]),
  lines('function', 'Decision function: invocations', 'per second', [
    ofService('decide function', 'Invocations', 'invocations', 'Sum', { increase: LOCAL_METRICS.invocations.name }),
    ofService('decide function', 'Errors', 'errors', 'Sum', { increase: LOCAL_METRICS.errors.name }),
    ofService('decide function', 'Throttles', 'throttles', 'Sum', { nowhere: NEVER_THROTTLED }),
  ]),
  lines('function-duration', 'Decision function: duration', 'ms', [
    ofService('decide function', 'Duration', 'p50', 'p50', { quantile: 0.5, of: LOCAL_METRICS.duration.name }),
    ofService('decide function', 'Duration', 'p99', 'p99', { quantile: 0.99, of: LOCAL_METRICS.duration.name }),
  ]),
  lines('undecided', 'Undecided: parked or given up', 'count', [
    ofDecide('ParkedRecords', 'parked', { increase: LOCAL_METRICS.parked.name }),
    ofService('on-failure queue', 'ApproximateNumberOfMessagesVisible', 'batches given up', 'Maximum', {
      value: LOCAL_METRICS.deadLetters.name,
    }),
  ]),
  lines('tables', 'DynamoDB: calls', 'per second', [
    {
      id: 'table-calls',
      title: 'calls',
      onAws: {
        search: ofTables('SuccessfulRequestLatency'),
        statistic: 'SampleCount',
        added: true,
      },
      onOneMachine: { increase: LOCAL_METRICS.tableCalls.name },
    },
    TABLE_THROTTLES,
    {
      id: 'table-errors',
      title: 'errors',
      onAws: { search: ofTables('SystemErrors'), statistic: 'Sum', added: true },
      onOneMachine: { increase: LOCAL_METRICS.tableErrors.name },
    },
  ]),
  lines('cpu', 'Gateway: CPU', 'percent', [
    ofService('gateway instances', 'CPUUtilization', 'CPU', 'Average', {
      increase: 'process_cpu_seconds_total',
    }),
  ]),
];
