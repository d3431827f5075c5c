/** Metrics of the gateway and the functions. Prometheus, CloudWatch, the dashboards and the docs share these names. */

/** CloudWatch namespace of a stage's metrics: without the stage, two stages in one account would share their alarms. */
export function namespaceOf(stage: string): string {
  return `Swipegate/${stage}`;
}

export interface OwnMetric {
  /** Name at /metrics, where times are in seconds, as is usual in Prometheus. */
  prometheus: string;
  /** Prometheus labels and their meaning. */
  labels?: Readonly<Record<string, string>>;
  /** Name in CloudWatch, where times are in ms. Absent if an AWS service reports it or it is not worth the price. */
  cloudwatch?: string;
  kind: 'counter' | 'gauge' | 'histogram';
  unit: 'count' | 'bytes' | 'seconds';
  meaning: string;
  whenBad: string;
}

const COUNTER = { kind: 'counter', unit: 'count' } as const;
const GAUGE = { kind: 'gauge', unit: 'count' } as const;
const BYTES_GAUGE = { kind: 'gauge', unit: 'bytes' } as const;
const HISTOGRAM = { kind: 'histogram', unit: 'seconds' } as const;

/** Metrics of one gateway, summed over its processes. */
export const GATEWAY_METRICS = {
  swipesAccepted: {
    prometheus: 'swipegate_swipes_accepted_total',
    cloudwatch: 'SwipesAccepted',
    ...COUNTER,
    meaning: 'Swipes acknowledged as durable',
    whenBad: 'Zero at a busy time of day: check that readers reach the load balancer and that gateways are in service.',
  },
  doorEventsAccepted: {
    prometheus: 'swipegate_door_events_accepted_total',
    cloudwatch: 'DoorEventsAccepted',
    ...COUNTER,
    meaning: 'Door events acknowledged as durable',
    whenBad: 'Far more than usual: find the reader that sends them. GET /v1/alarms lists alarms by door.',
  },
  itemsRejected: {
    prometheus: 'swipegate_items_rejected_total',
    labels: { code: 'problem code' },
    cloudwatch: 'ItemsRejected',
    ...COUNTER,
    meaning: 'Swipes and door events rejected because of their content',
    whenBad: 'The label gives the reason. The usual cause is a reader’s clock or firmware.',
  },
  devicesRefused: {
    prometheus: 'swipegate_devices_refused_total',
    cloudwatch: 'DevicesRefused',
    ...COUNTER,
    meaning: 'Requests of devices with a serial number that is not registered',
    whenBad: 'The log names the serial numbers, each once a minute. Register the device, or find out whose it is.',
  },
  responses: {
    prometheus: 'swipegate_responses_total',
    labels: { class: 'class of the HTTP status: 2xx, 4xx, 5xx …' },
    ...COUNTER,
    meaning: 'HTTP responses',
    whenBad: '4xx: revoked keys or a faulty client. 5xx: see the gateway’s log.',
  },
  requestsShed: {
    prometheus: 'swipegate_requests_shed_total',
    cloudwatch: 'RequestsShed',
    ...COUNTER,
    meaning: 'Requests answered 503 with nothing accepted; clients send them again',
    whenBad: 'Check the CPU of the gateways (add more), and the stream (is it throttling?).',
  },
  ackLatency: {
    prometheus: 'swipegate_ack_seconds',
    cloudwatch: 'AckLatency',
    ...HISTOGRAM,
    meaning: 'Time from the parsed request to the durable swipe',
    whenBad: 'Usually the stream: throttling or slow PutRecords calls. Otherwise the gateway’s CPU.',
  },
  swipeToDecision: {
    prometheus: 'swipegate_swipe_to_decision_seconds',
    cloudwatch: 'SwipeToDecision',
    ...HISTOGRAM,
    meaning: 'Time from receiving a swipe to its decision arriving back at the gateway',
    whenBad: 'Its parts are acknowledgement, iterator age and function duration: find the one that grew.',
  },
  decisions: {
    prometheus: 'swipegate_decisions_total',
    labels: { outcome: 'granted, denied or recorded', reason: 'reason code' },
    ...COUNTER,
    meaning: 'Decisions read from the decisions stream, repeats included; every gateway reads all of them',
    whenBad: 'One reason far above normal: a schedule, an access level or a reader’s mode has changed.',
  },
  readersHeard: {
    prometheus: 'swipegate_readers_heard',
    cloudwatch: 'ReadersHeard',
    ...GAUGE,
    meaning: 'Readers with a decision in the last five minutes',
    whenBad: 'Sudden drop: a network or a door controller failed. GET /v1/readers/silent lists the readers.',
  },
  readersWithWrongClock: {
    prometheus: 'swipegate_readers_with_wrong_clock',
    cloudwatch: 'ReadersWithWrongClock',
    ...GAUGE,
    meaning: 'Readers whose last decision, in the last five minutes, went by the gateway’s clock instead of theirs',
    whenBad: 'GET /v1/alarms names them (clock-wrong). Set their clocks, or repair their time server.',
  },
  readerClockDrift: {
    prometheus: 'swipegate_reader_clock_drift_seconds',
    cloudwatch: 'ReaderClockDrift',
    kind: 'gauge',
    unit: 'seconds',
    meaning: 'Largest difference between the clock of such a reader and the gateway’s',
    whenBad: 'Days or years: a clock lost its battery. The same hours at many readers: their time zone is wrong.',
  },
  requestsInFlight: {
    prometheus: 'swipegate_requests_in_flight',
    cloudwatch: 'RequestsInFlight',
    ...GAUGE,
    meaning: 'Requests in flight',
    whenBad: 'Grows while throughput does not: requests wait for the stream or for decisions.',
  },
  requestBytesInFlight: {
    prometheus: 'swipegate_request_bytes_in_flight',
    ...BYTES_GAUGE,
    meaning: 'Bytes of request bodies in flight',
    whenBad: 'Above MAX_IN_FLIGHT_BYTES the gateway sheds requests.',
  },
  waitingRequests: {
    prometheus: 'swipegate_waiting_requests',
    cloudwatch: 'WaitingRequests',
    ...GAUGE,
    meaning: 'Requests waiting for a decision (Prefer: wait)',
    whenBad: 'People are waiting at doors: see swipe to decision.',
  },
  eventStreams: {
    prometheus: 'swipegate_event_streams',
    ...GAUGE,
    meaning: 'Readers following their decisions as server-sent events',
    whenBad: 'Above MAX_EVENT_STREAMS the gateway refuses more.',
  },
  connections: {
    prometheus: 'swipegate_connections',
    cloudwatch: 'Connections',
    ...GAUGE,
    meaning: 'Open connections',
    whenBad: 'Above MAX_CONNECTIONS the gateway refuses more: add gateways, or use fewer connections per controller.',
  },
  connectionsRejected: {
    prometheus: 'swipegate_connections_rejected_total',
    cloudwatch: 'ConnectionsRejected',
    ...COUNTER,
    meaning: 'Connections closed at once because MAX_CONNECTIONS were open',
    whenBad: 'Add gateways, or raise MAX_CONNECTIONS if memory allows.',
  },
  bufferedBytes: {
    prometheus: 'swipegate_producer_buffered_bytes',
    cloudwatch: 'BufferedBytes',
    ...BYTES_GAUGE,
    meaning: 'Memory held for unacknowledged records',
    whenBad: 'Grows while the stream takes less than arrives. Above MAX_BUFFERED_BYTES the gateway sheds requests.',
  },
  oldestAge: {
    prometheus: 'swipegate_producer_oldest_age_seconds',
    cloudwatch: 'OldestAge',
    kind: 'gauge',
    unit: 'seconds',
    meaning: 'Age of the oldest unacknowledged record',
    whenBad: 'A shard accepts nothing: put retries give the cause.',
  },
  userRecords: {
    prometheus: 'swipegate_producer_user_records_total',
    ...COUNTER,
    meaning: 'User records acknowledged by Kinesis',
    whenBad: 'Less than swipes accepted: the rest is in the spool.',
  },
  kinesisRecords: {
    prometheus: 'swipegate_producer_kinesis_records_total',
    cloudwatch: 'KinesisRecords',
    ...COUNTER,
    meaning: 'Kinesis records that carried them',
    whenBad: 'A shard takes 1,000 per second: a longer LINGER_MS packs more user records into each.',
  },
  streamBytes: {
    prometheus: 'swipegate_producer_bytes_total',
    cloudwatch: 'StreamBytes',
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes of these Kinesis records',
    whenBad: 'A shard takes 1 MB per second: add shards.',
  },
  shardBytes: {
    prometheus: 'swipegate_shard_bytes_total',
    labels: { shard: 'shard id' },
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Acknowledged bytes by shard',
    whenBad: 'One far above the others: a single card, or a tenant with few cards, swipes all the time.',
  },
  calls: {
    prometheus: 'swipegate_producer_calls_total',
    ...COUNTER,
    meaning: 'PutRecords calls',
    whenBad: 'Many small calls cost CPU: raise LINGER_MS.',
  },
  putRetries: {
    prometheus: 'swipegate_producer_retries_total',
    labels: { cause: 'throttled, timeout, connection …' },
    cloudwatch: 'PutRetries',
    ...COUNTER,
    meaning: 'Retries of Kinesis records',
    whenBad:
      'throttled: add shards. connection, timeout: check the network and the endpoint. credentials: check the role.',
  },
  failedRecords: {
    prometheus: 'swipegate_producer_failed_records_total',
    cloudwatch: 'FailedRecords',
    ...COUNTER,
    meaning: 'Records given up; none was acknowledged to a reader',
    whenBad: 'Readers got 503 and send them again. Find out why the stream accepted nothing for so long.',
  },
  streamUnordered: {
    prometheus: 'swipegate_stream_unordered',
    cloudwatch: 'StreamUnordered',
    ...GAUGE,
    meaning: '1 while the swipes stream ignores partition keys (strategy AUTO), otherwise 0',
    whenBad: 'Set the stream’s strategy back to USER_PARTITION_KEY. See the runbook: the swipes stream keeps no order.',
  },
  spooledBytes: {
    prometheus: 'swipegate_producer_spooled_bytes',
    cloudwatch: 'SpooledBytes',
    ...BYTES_GAUGE,
    meaning: 'Size of the spool files with records that the stream has not accepted yet',
    whenBad: 'Nothing is lost. Check the stream, and the free space on the disk (SPOOL_MAX_BYTES).',
  },
  spooledRecords: {
    prometheus: 'swipegate_producer_spooled_records_total',
    ...COUNTER,
    meaning: 'Records written to the spool',
    whenBad: 'The stream accepted nothing for a while: see the size of the spool and put retries.',
  },
} as const satisfies Record<string, OwnMetric>;

/** Metrics of the decision function, emitted once per invocation; in CloudWatch only. */
export const DECIDE_METRICS = {
  BatchSize: { meaning: 'Swipes per invocation', whenBad: 'Always full while iterator age grows: add shards.' },
  Decisions: {
    meaning: 'Decisions, including repeats after a retried batch',
    whenBad: 'Fewer than swipes accepted: see iterator age.',
  },
  DecisionsGranted: { meaning: 'Granted decisions', whenBad: 'Compare with denied.' },
  DecisionsDenied: { meaning: 'Denied decisions', whenBad: 'The dashboard shows each reason separately.' },
  DecisionsRecorded: {
    meaning: 'Decisions for the record only: too late to open a door',
    whenBad: 'Readers were offline, or swipes took more than a minute to arrive.',
  },
  ParkedRecords: { meaning: 'Records that cannot be decided', whenBad: 'See the runbook: redrive parked records.' },
  UnreadableRows: {
    meaning: 'Stored rows that could not be read, each time that a batch met one',
    whenBad:
      'GET /v1/alarms says where (row-unreadable), the function’s log which. See the runbook: rows cannot be read.',
  },
  FailedRecords: { meaning: 'Kinesis records returned for a retry', whenBad: 'The function’s log gives the cause.' },
  DecisionLatency: {
    meaning: 'Time from receiving the swipe at the gateway to the decision, ms',
    whenBad: 'Its parts are iterator age and function duration.',
  },
} as const;

/** Metrics of the script that drains a gateway's instance, in the gateway's dimension; in CloudWatch only. */
export const DRAIN_METRICS = {
  DisksKept: {
    meaning: 'Disks of terminated instances that were kept because their spool was not empty',
    whenBad: 'See the runbook: disks that instances left.',
  },
} as const;

export type DrainMetric = keyof typeof DRAIN_METRICS;

export type DecideMetric = keyof typeof DECIDE_METRICS;

/** CloudWatch name of the count of decisions with one reason code. */
export function reasonMetric(reason: string): string {
  return `Reason.${reason}`;
}

/**
 * Quantile of a Prometheus histogram in ms, interpolated linearly as by histogram_quantile; undefined if it is empty.
 * @param buckets upper bounds in seconds with cumulative counts, ascending, the last one infinite
 * @param quantile from 0 to 1
 */
export function quantileMs(
  buckets: readonly [boundSeconds: number, count: number][],
  quantile: number,
): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below: [number, number] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank && count > below[1]) {
      // The infinite bucket cannot be interpolated: return its lower bound.
      if (!Number.isFinite(bound)) return below[0] * 1000;
      return 1000 * (below[0] + ((bound - below[0]) * (rank - below[1])) / (count - below[1]));
    }
    below = [bound, count];
  }
  return below[0] * 1000;
}
