import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';
import { type Alarm, EMPTY_QUEUE, NO_INVOCATION } from './alarms.js';
import type { OnOneMachine, Series } from './series.js';

const NO_LIMIT = 'On one machine nothing throttles a function.';

/** Sum of a metric over all functions of the back office. */
function ofFunctions(id: string, title: string, metric: string, onOneMachine: OnOneMachine): Series {
  const ofAll = ['admin function', 'change-store function', 'change-apply function', 'change-import function'] as const;
  return { id, title, onAws: { metric, ofAll, statistic: 'Sum' }, onOneMachine };
}

/** Age of the oldest message in a queue. */
function waiting(queue: 'changes queue' | 'stored queue', value: string): Series {
  return {
    id: `${queue.replace(' ', '-')}-age`,
    title: 'oldest',
    onAws: { metric: 'ApproximateAgeOfOldestMessage', of: queue, statistic: 'Maximum', times: 1_000 },
    onOneMachine: { value },
  };
}

/** Alarms for the path of a change. While a card's block is delayed, the card still opens doors. */
export const BACK_OFFICE_ALARMS: readonly Alarm[] = [
  {
    id: 'change-dead-letters',
    title: 'Changes were given up',
    severity: 'page',
    series: {
      id: 'change-dead-letters',
      title: 'given up',
      onAws: {
        metric: 'ApproximateNumberOfMessagesVisible',
        ofAll: ['changesDead queue', 'storedDead queue', 'uploadsDead queue'],
        statistic: 'Maximum',
      },
      onOneMachine: { value: LOCAL_METRICS.changeDeadLetters.name },
    },
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: EMPTY_QUEUE,
    meaning: 'A change, or a file of changes, failed five times. A card that should be blocked may still open doors.',
    steps: [
      'Find out which of the three queues has messages, and read them (Redrive the back office).',
      'Read its function’s log of that time, and repair what failed.',
      'Redrive. Changes that were applied before are not applied again.',
    ],
  },
  {
    id: 'changes-wait',
    title: 'Changes wait to be stored',
    severity: 'page',
    series: waiting('changes queue', LOCAL_METRICS.changesAge.name),
    unit: 'ms',
    limit: { above: 600_000 },
    periods: 3,
    missing: EMPTY_QUEUE,
    meaning: 'Accepted changes are not lost, but have no effect yet: a blocked card still opens doors.',
    steps: [
      'Does change-store fail? Its log names the call. A tenant’s first message blocks the tenant’s others.',
      'Is it throttled, or is its event source mapping disabled? Enable the mapping.',
      'A large import? The queue shrinks by itself, at a few hundred changes per second and tenant.',
    ],
  },
  {
    id: 'stored-changes-wait',
    title: 'Stored changes wait to be applied',
    severity: 'page',
    series: waiting('stored queue', LOCAL_METRICS.storedAge.name),
    unit: 'ms',
    limit: { above: 900_000 },
    periods: 3,
    missing: EMPTY_QUEUE,
    meaning: 'The changes are in the event store, but doors do not apply them yet.',
    steps: [
      'Does change-apply fail? Its log names the tenant and the call (A change is stuck).',
      'Only one tenant? Check its cursor and the event after it.',
      'All tenants? A table throttles or refuses calls: repair it; SQS delivers the messages again.',
    ],
  },
  {
    id: 'back-office-errors',
    title: 'Back office functions fail',
    severity: 'ticket',
    series: ofFunctions('back-office-errors', 'errors', 'Errors', {
      increase: LOCAL_METRICS.backOfficeErrors.name,
    }),
    unit: 'count',
    limit: { above: 2 },
    periods: 2,
    missing: NO_INVOCATION,
    meaning: 'The console shows errors, or changes are late. Changes that fail for good set off other alarms.',
    steps: [
      'Find the function: CloudWatch, Errors by function. Then read its log.',
      'AccessDenied, or an invalid environment variable? Roll back the last deployment.',
      'Otherwise an AWS service fails. SQS delivers the messages again.',
    ],
  },
  {
    id: 'back-office-throttles',
    title: 'Back office functions are throttled',
    severity: 'ticket',
    series: ofFunctions('back-office-throttles', 'throttles', 'Throttles', { nowhere: NO_LIMIT }),
    unit: 'count',
    limit: { above: 0 },
    periods: 2,
    missing: NO_INVOCATION,
    meaning: 'The account’s concurrency is used up. decide shares it and may be next.',
    steps: [
      'Find the function: CloudWatch, ConcurrentExecutions by function.',
      'Is it an import, or a script that calls the API? Lower the throttle of the API’s stage.',
      'Ask AWS to raise the account’s concurrency limit.',
    ],
  },
];
