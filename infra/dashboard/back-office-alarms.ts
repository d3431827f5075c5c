import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';
import type { Alarm } from './alarms.js';
import type { OnOneMachine, Series, Subject } from './series.js';

const NO_LIMIT = 'On one machine nothing throttles a function.';

const FUNCTIONS: readonly Subject[] = [
  'admin function',
  'change-store function',
  'change-apply function',
  'change-import function',
];

function sum(id: string, title: string, metric: string, ofAll: readonly Subject[], onOneMachine: OnOneMachine): Series {
  return {
    id,
    title,
    onAws: { metric, ofAll, statistic: metric.startsWith('Approximate') ? 'Maximum' : 'Sum' },
    onOneMachine,
  };
}

/** How long the oldest message of a queue waits. */
function waiting(queue: 'changes queue' | 'stored queue', value: string): Series {
  return {
    id: `${queue.replace(' ', '-')}-age`,
    title: 'oldest',
    onAws: { metric: 'ApproximateAgeOfOldestMessage', of: queue, statistic: 'Maximum', times: 1_000 },
    onOneMachine: { value },
  };
}

/** Of changes on their way. A card that was blocked, and is not yet, is one that still opens doors. */
export const BACK_OFFICE_ALARMS: readonly Alarm[] = [
  {
    id: 'change-dead-letters',
    title: 'Changes were given up',
    severity: 'page',
    series: sum(
      'change-dead-letters',
      'given up',
      'ApproximateNumberOfMessagesVisible',
      ['changesDead queue', 'storedDead queue', 'uploadsDead queue'],
      { value: LOCAL_METRICS.changeDeadLetters.name },
    ),
    unit: 'count',
    above: 0,
    periods: 1,
    meaning:
      'A change, or a file of them, was tried five times in vain. A card that should be blocked may still open doors.',
    steps: [
      'Which of the three queues? Read its messages (Redrive the back office).',
      'The log of its function at that time: put right what failed.',
      'Redrive: what was applied already is applied no second time.',
    ],
  },
  {
    id: 'changes-wait',
    title: 'Changes wait to be stored',
    severity: 'page',
    series: waiting('changes queue', LOCAL_METRICS.changesAge.name),
    unit: 'ms',
    above: 600_000,
    periods: 3,
    meaning: 'They are accepted and not lost, and nothing comes of them: a card that was blocked still opens doors.',
    steps: [
      'Does change-store fail? Its log says which call. A tenant’s first message holds up the others of the tenant.',
      'Is it throttled, or is its mapping disabled? Enable it.',
      'An import of many lines? Then it shrinks by itself: some hundred changes of a tenant a second.',
    ],
  },
  {
    id: 'stored-changes-wait',
    title: 'Stored changes wait to be applied',
    severity: 'page',
    series: waiting('stored queue', LOCAL_METRICS.storedAge.name),
    unit: 'ms',
    above: 900_000,
    periods: 3,
    meaning: 'They are in the event store, and the doors do not know of them yet.',
    steps: [
      'Does change-apply fail? Its log names the tenant and the call (A change is stuck).',
      'One tenant alone? Look at its cursor, and at the event behind it.',
      'All of them? A table that throttles or refuses: put it right, and the messages come again by themselves.',
    ],
  },
  {
    id: 'back-office-errors',
    title: 'Functions of the back office fail',
    severity: 'ticket',
    series: sum('back-office-errors', 'errors', 'Errors', FUNCTIONS, {
      increase: LOCAL_METRICS.backOfficeErrors.name,
    }),
    unit: 'count',
    above: 2,
    periods: 2,
    meaning: 'The console answers errors, or changes come late. Those that fail for good set off other alarms.',
    steps: [
      'Which one? CloudWatch, Errors by function; then its log.',
      'AccessDenied, or an environment that is refused: what was deployed last? Roll back.',
      'Else a service of AWS that fails: messages come again by themselves.',
    ],
  },
  {
    id: 'back-office-throttles',
    title: 'Functions of the back office are throttled',
    severity: 'ticket',
    series: sum('back-office-throttles', 'throttles', 'Throttles', FUNCTIONS, { nowhere: NO_LIMIT }),
    unit: 'count',
    above: 0,
    periods: 2,
    meaning: 'The account’s concurrency is used up; decide, which shares it, may be next.',
    steps: [
      'Which function runs so often? CloudWatch, ConcurrentExecutions by function.',
      'An import, or a script at the API? Lower its rate at the API’s stage.',
      'Ask AWS for a higher concurrency of the account.',
    ],
  },
];
