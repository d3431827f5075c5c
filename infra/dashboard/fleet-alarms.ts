import { type DrainMetric, GATEWAY_METRICS } from '@swipegate/contract';
import { type Alarm, ONLY_WHEN_IT_HAPPENS } from './alarms.js';
import { ofService, type Series } from './series.js';

const NO_BALANCER = 'One machine has no load balancer. The page itself says when the gateway does not answer.';
const NO_CLOCK = 'One machine has no working hours: its readers are virtual.';

const DISKS_KEPT: DrainMetric = 'DisksKept';

const ACCEPTED = { metric: GATEWAY_METRICS.swipesAccepted.cloudwatch, of: 'gateway', statistic: 'Sum' } as const;

/** Count of the hosts of the gateways' target group. */
function hosts(metric: 'HealthyHostCount' | 'UnHealthyHostCount', title: string): Series {
  // Each node of the load balancer reports the hosts that it sees. The maximum is of the node that sees most.
  return ofService('gateway targets', metric, title, 'Maximum', { nowhere: NO_BALANCER });
}

/** Alarms that go off when nothing comes in or nothing answers: a dead fleet sends no metrics of its own. */
export const FLEET_ALARMS: readonly Alarm[] = [
  {
    id: 'no-healthy-gateway',
    title: 'No healthy gateway',
    severity: 'page',
    series: hosts('HealthyHostCount', 'healthy gateways'),
    unit: 'count',
    limit: { below: 1 },
    periods: 2,
    missing: { is: 'bad', because: 'A target group without any gateway reports no count.' },
    meaning: 'Readers get no answer, so Swipegate opens no door. Readers keep their swipes and send them again.',
    steps: [
      'Since a deployment? Roll back.',
      'Does the group start instances? If not, its activity history says why: quota, capacity, role, or a failed start script.',
      'Do instances run? Open one with Session Manager: journalctl -u swipegate, then /var/log/cloud-init-output.log.',
    ],
  },
  {
    id: 'unhealthy-gateways',
    title: 'Gateways are unhealthy',
    severity: 'ticket',
    series: hosts('UnHealthyHostCount', 'unhealthy gateways'),
    unit: 'count',
    limit: { above: 0 },
    periods: 10,
    missing: { is: 'fine', because: 'There is no target at all. The alarm “No healthy gateway” reports that.' },
    meaning: 'The group replaces unhealthy gateways, but new ones fail too. The others carry the load.',
    steps: [
      'Does a deployment run? It waits for the new gateway, and rolls back if that never becomes ready.',
      'Read the log of the unhealthy instance: why does the process end or not answer /healthz?',
      'A single instance? Terminate it (Drain a gateway). Several? Roll back the last deployment.',
    ],
  },
  {
    id: 'target-connection-errors',
    title: 'The load balancer cannot connect to gateways',
    severity: 'page',
    series: ofService('balancer', 'TargetConnectionErrorCount', 'connection errors', 'Sum', { nowhere: NO_BALANCER }),
    unit: 'count',
    limit: { above: 10 },
    periods: 3,
    missing: ONLY_WHEN_IT_HAPPENS,
    meaning: 'Readers get 502 or 504 and retry. Gateways crash, or are out of connections.',
    steps: [
      'Is a gateway unhealthy, or does it restart again and again? Its log says why.',
      'Are connections near MAX_CONNECTIONS, or CPU near 100 %? Raise SWIPEGATE_MIN_GATEWAYS.',
      'Was a security group or network ACL changed? The load balancer, and nothing else, must reach port 8080.',
    ],
  },
  {
    id: 'balancer-errors',
    title: 'The load balancer answers 5xx itself',
    severity: 'page',
    series: ofService('balancer', 'HTTPCode_ELB_5XX_Count', 'load balancer 5xx', 'Sum', { nowhere: NO_BALANCER }),
    unit: 'count',
    limit: { above: 10 },
    periods: 2,
    missing: ONLY_WHEN_IT_HAPPENS,
    meaning: 'Requests reach no gateway, or get no answer from it. Readers must retry.',
    steps: [
      'Is the alarm “No healthy gateway” on as well? Continue there.',
      'The access log has elb_status_code: 502 is a broken connection, 503 no target, 504 no answer within 60 s.',
      '504 only? Gateways hang: check acknowledgement and gateway CPU.',
    ],
  },
  {
    id: 'no-swipes',
    title: 'No swipes in working hours',
    severity: 'page',
    series: {
      id: 'no-swipes',
      title: 'accepted',
      onAws: ACCEPTED,
      onOneMachine: { nowhere: NO_CLOCK },
    },
    unit: 'count',
    // A fixed limit needs no weeks of training, does not learn an outage as normal, and costs a third of anomaly
    // detection. That goes off on each holiday; a limit of one swipe goes off only if no one comes at all.
    limit: { below: 1 },
    periods: 30,
    during: 'working hours',
    missing: {
      is: 'bad',
      because: 'No gateway has sent metrics. Outside working hours the alarm always has data, and is off.',
    },
    meaning: 'Readers do not reach Swipegate, or it accepts nothing: doors stay closed, or readers decide alone.',
    steps: [
      'A holiday, or no reader yet? Correct SWIPEGATE_WORKING_HOURS, or disable the alarm’s actions for the day.',
      'From outside: does the name resolve, is the certificate valid, does https://NAME/readyz answer 200?',
      'Does the load balancer count requests, but no gateway swipes? Check 4xx answers: keys were revoked, or client certificates expired.',
    ],
  },
  {
    id: 'nothing-decided',
    title: 'Swipes are accepted, but not decided',
    severity: 'page',
    series: {
      id: 'nothing-decided',
      title: 'accepted without a decision',
      onAws: { ...ACCEPTED, without: { metric: 'Decisions', of: 'decide', statistic: 'Sum' } },
      onOneMachine: { nowhere: 'One machine reports iterator age without an invocation, too.' },
    },
    unit: 'count',
    limit: { above: 0 },
    periods: 5,
    missing: { is: 'fine', because: 'No gateway sends metrics, so no swipe is accepted.' },
    meaning: 'Nothing invokes the decision function: it sends no metrics, and no door opens.',
    steps: [
      'Is the event source mapping of decide enabled? Its last processing result names the fault.',
      'Does the function start? If not, read its log of the last invocation, and look for a change of its role or of the key.',
      'Since a deployment? Roll back. The swipes wait in the stream for 24 hours.',
    ],
  },
  {
    id: 'disk-kept',
    title: 'A disk was kept with swipes',
    severity: 'page',
    series: {
      id: 'disk-kept',
      title: 'disks',
      onAws: { metric: DISKS_KEPT, of: 'gateway', statistic: 'Sum' },
      onOneMachine: { nowhere: 'On one machine nothing terminates the gateway’s disk.' },
    },
    unit: 'count',
    limit: { above: 0 },
    periods: 1,
    missing: { is: 'fine', because: 'An instance reports its disk only if it keeps it.' },
    meaning:
      'An instance ended before it had sent its spool. The disk has acknowledged swipes that exist nowhere else and are not decided.',
    steps: [
      'Does the stream take records? If not, end its outage first. Do not terminate instances meanwhile.',
      'Search the gateways’ log for drain: the log stream of “the disk stays” names the instance.',
      'Send its spool before you delete the disk (Disks that instances left).',
    ],
  },
];
