/** What the gateway and the functions tell of themselves: the names that Prometheus, CloudWatch, the dashboards and the docs share. */

export const METRICS_NAMESPACE = 'Swipegate';

export interface OwnMetric {
  /** Name in the text at /metrics. Times there are in seconds, as Prometheus wants them. */
  prometheus: string;
  /** Labels there, each with what it says. */
  labels?: Readonly<Record<string, string>>;
  /** Name in CloudWatch, where times are in milliseconds. None: it is the AWS service's own to tell, or not worth its price there. */
  cloudwatch?: string;
  kind: 'counter' | 'gauge' | 'histogram';
  unit: 'count' | 'bytes' | 'seconds';
  meaning: string;
  /** What to look at when it is bad. */
  whenBad: string;
}

const FROM_SHED = 'Are there enough gateways (CPU), and does the stream take what they send?';

/** Of a gateway, all its processes together. */
export const GATEWAY_METRICS = {
  swipesAccepted: {
    prometheus: 'swipegate_swipes_accepted_total',
    cloudwatch: 'SwipesAccepted',
    kind: 'counter',
    unit: 'count',
    meaning: 'Swipes answered as durable',
    whenBad:
      'None at a time of day when people come: can readers reach the load balancer, and are gateways in service?',
  },
  doorEventsAccepted: {
    prometheus: 'swipegate_door_events_accepted_total',
    cloudwatch: 'DoorEventsAccepted',
    kind: 'counter',
    unit: 'count',
    meaning: 'Door events answered as durable',
    whenBad: 'Many more than usual: which reader sends them? GET /v1/alarms tells of doors.',
  },
  itemsRejected: {
    prometheus: 'swipegate_items_rejected_total',
    labels: { code: 'the problem' },
    cloudwatch: 'ItemsRejected',
    kind: 'counter',
    unit: 'count',
    meaning: 'Swipes and door events not accepted, because of what stood in them',
    whenBad: 'The label says why; a reader’s clock or its firmware is the usual cause.',
  },
  responses: {
    prometheus: 'swipegate_responses_total',
    labels: { class: 'of the HTTP status: 2xx, 4xx, 5xx …' },
    kind: 'counter',
    unit: 'count',
    meaning: 'HTTP answers',
    whenBad: '4xx: keys withdrawn, or a client that errs. 5xx: the gateway’s log.',
  },
  requestsShed: {
    prometheus: 'swipegate_requests_shed_total',
    cloudwatch: 'RequestsShed',
    kind: 'counter',
    unit: 'count',
    meaning: 'Requests answered 503, to be sent again: nothing of them was accepted',
    whenBad: FROM_SHED,
  },
  ackLatency: {
    prometheus: 'swipegate_ack_seconds',
    cloudwatch: 'AckLatency',
    kind: 'histogram',
    unit: 'seconds',
    meaning: 'From the parsed request to the durable swipe',
    whenBad: 'Mostly the stream’s: throttles, or PutRecords itself. Else the gateway’s CPU.',
  },
  swipeToDecision: {
    prometheus: 'swipegate_swipe_to_decision_seconds',
    cloudwatch: 'SwipeToDecision',
    kind: 'histogram',
    unit: 'seconds',
    meaning: 'From the gateway’s stamp on a swipe to its decision back at the gateway',
    whenBad: 'Acknowledgement, iterator age and the function’s duration are its parts: which of them grew?',
  },
  decisions: {
    prometheus: 'swipegate_decisions_total',
    labels: { outcome: 'granted, denied or recorded', reason: 'the reason code' },
    kind: 'counter',
    unit: 'count',
    meaning: 'Decisions seen on the decisions stream, repeats included; every gateway sees all',
    whenBad: 'One reason far above its usual: a schedule, a level or a reader’s mode was changed.',
  },
  readersHeard: {
    prometheus: 'swipegate_readers_heard',
    cloudwatch: 'ReadersHeard',
    kind: 'gauge',
    unit: 'count',
    meaning: 'Readers of which a decision came within five minutes',
    whenBad: 'A sudden fall: a network or a controller. GET /v1/readers/silent names them.',
  },
  requestsInFlight: {
    prometheus: 'swipegate_requests_in_flight',
    cloudwatch: 'RequestsInFlight',
    kind: 'gauge',
    unit: 'count',
    meaning: 'Requests under way',
    whenBad: 'It grows while throughput does not: what is it that they wait for, the stream or decisions?',
  },
  requestBytesInFlight: {
    prometheus: 'swipegate_request_bytes_in_flight',
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Bytes of request bodies under way',
    whenBad: 'Near MAX_IN_FLIGHT_BYTES requests are shed.',
  },
  waitingRequests: {
    prometheus: 'swipegate_waiting_requests',
    cloudwatch: 'WaitingRequests',
    kind: 'gauge',
    unit: 'count',
    meaning: 'Requests that wait for a decision (Prefer: wait)',
    whenBad: 'People stand before doors: look at swipe to decision.',
  },
  eventStreams: {
    prometheus: 'swipegate_event_streams',
    kind: 'gauge',
    unit: 'count',
    meaning: 'Readers that follow their decisions as server-sent events',
    whenBad: 'Near MAX_EVENT_STREAMS more are refused.',
  },
  connections: {
    prometheus: 'swipegate_connections',
    cloudwatch: 'Connections',
    kind: 'gauge',
    unit: 'count',
    meaning: 'Open connections',
    whenBad: 'Near MAX_CONNECTIONS more are refused: more gateways, or fewer connections a controller.',
  },
  connectionsRejected: {
    prometheus: 'swipegate_connections_rejected_total',
    cloudwatch: 'ConnectionsRejected',
    kind: 'counter',
    unit: 'count',
    meaning: 'Connections closed at once, because MAX_CONNECTIONS were open',
    whenBad: 'More gateways, or a higher MAX_CONNECTIONS where memory allows.',
  },
  bufferedBytes: {
    prometheus: 'swipegate_producer_buffered_bytes',
    cloudwatch: 'BufferedBytes',
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Memory held for records that are not yet acknowledged',
    whenBad: 'It grows while the stream takes less than comes; past MAX_BUFFERED_BYTES requests are shed.',
  },
  oldestAge: {
    prometheus: 'swipegate_producer_oldest_age_seconds',
    cloudwatch: 'OldestAge',
    kind: 'gauge',
    unit: 'seconds',
    meaning: 'Age of the oldest record that is not yet acknowledged',
    whenBad: 'A shard takes nothing: put retries say why.',
  },
  userRecords: {
    prometheus: 'swipegate_producer_user_records_total',
    kind: 'counter',
    unit: 'count',
    meaning: 'Records acknowledged by Kinesis, as put',
    whenBad: 'Less than swipes accepted: the rest lies in the spool.',
  },
  kinesisRecords: {
    prometheus: 'swipegate_producer_kinesis_records_total',
    cloudwatch: 'KinesisRecords',
    kind: 'counter',
    unit: 'count',
    meaning: 'Kinesis records they travelled in',
    whenBad: 'A shard takes 1,000 a second: a longer LINGER_MS puts more into one.',
  },
  streamBytes: {
    prometheus: 'swipegate_producer_bytes_total',
    cloudwatch: 'StreamBytes',
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes of those',
    whenBad: 'A shard takes 1 MB a second: reshard.',
  },
  shardBytes: {
    prometheus: 'swipegate_shard_bytes_total',
    labels: { shard: 'its id' },
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes acknowledged, by shard',
    whenBad: 'One far above the others: a card, or a tenant of few cards, that swipes without end.',
  },
  calls: {
    prometheus: 'swipegate_producer_calls_total',
    kind: 'counter',
    unit: 'count',
    meaning: 'PutRecords calls',
    whenBad: 'Many small ones cost CPU: a longer LINGER_MS.',
  },
  putRetries: {
    prometheus: 'swipegate_producer_retries_total',
    labels: { cause: 'throttled, timeout, connection …' },
    cloudwatch: 'PutRetries',
    kind: 'counter',
    unit: 'count',
    meaning: 'Kinesis records sent again',
    whenBad: 'throttled: reshard. connection, timeout: the network or its endpoint. credentials: the role.',
  },
  failedRecords: {
    prometheus: 'swipegate_producer_failed_records_total',
    cloudwatch: 'FailedRecords',
    kind: 'counter',
    unit: 'count',
    meaning: 'Records given up; none of them was acknowledged to a reader',
    whenBad: 'Readers got 503 and send again: find out why the stream took nothing for so long.',
  },
  spooledBytes: {
    prometheus: 'swipegate_producer_spooled_bytes',
    cloudwatch: 'SpooledBytes',
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Size of the files that hold what the stream has not taken yet',
    whenBad: 'Nothing is lost yet. See to the stream, and to room on the disk (SPOOL_MAX_BYTES).',
  },
  spooledRecords: {
    prometheus: 'swipegate_producer_spooled_records_total',
    kind: 'counter',
    unit: 'count',
    meaning: 'Records that went to disk',
    whenBad: 'The stream took nothing for a while: see the spool’s size, and put retries.',
  },
} as const satisfies Record<string, OwnMetric>;

export type GatewayMetric = keyof typeof GATEWAY_METRICS;

/** Of the decision function, once an invocation; in CloudWatch only. */
export const DECIDE_METRICS = {
  BatchSize: { meaning: 'Swipes an invocation', whenBad: 'Always full while iterator age grows: reshard.' },
  Decisions: {
    meaning: 'Decisions, repeats of a batch included',
    whenBad: 'Fewer than swipes accepted: iterator age.',
  },
  DecisionsGranted: { meaning: 'Of them granted', whenBad: 'Compare with denied.' },
  DecisionsDenied: { meaning: 'Of them denied', whenBad: 'Which reason? The dashboard has them one by one.' },
  DecisionsRecorded: {
    meaning: 'Of them history: too late to open a door',
    whenBad: 'Readers that were offline, or swipes that took more than a minute to come here.',
  },
  ParkedRecords: { meaning: 'Records that cannot be decided', whenBad: 'Runbook: replay what was parked.' },
  FailedRecords: { meaning: 'Kinesis records that come again', whenBad: 'The function’s log says why.' },
  DecisionLatency: {
    meaning: 'From the gateway’s stamp to the decision, ms',
    whenBad: 'The iterator’s age and the function’s duration are its parts.',
  },
} as const;

export type DecideMetric = keyof typeof DECIDE_METRICS;

/** Name in CloudWatch of the decisions with one reason code. */
export function reasonMetric(reason: string): string {
  return `Reason.${reason}`;
}
