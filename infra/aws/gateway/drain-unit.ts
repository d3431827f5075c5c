import type { DrainMetric } from '@swipegate/contract';
import { DRAIN_SCRIPT, PLACES, STOP_SECONDS } from './gateway-unit.js';

/** Time for the call that lets EC2 delete the disk, with its retries. */
const CALL_SECONDS = 20;
const POLL_SECONDS = 5;
const DISKS_KEPT: DrainMetric = 'DisksKept';

export interface Drain {
  region: string;
  /** CloudWatch namespace of the gateway's metrics. */
  namespace: string;
  /** Time in which the load balancer's last requests end. */
  drainSeconds: number;
  /** Time of the lifecycle hook. */
  hookSeconds: number;
}

/**
 * Script that lets EC2 delete the disk of an instance that Auto Scaling terminates, once the spool is empty. A disk is
 * kept otherwise: when the stream is away, when a call fails, and when the instance dies, because then nothing runs
 * this. No swipe arrives after the check: the load balancer has stopped sending, and the gateway is stopped.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
 */
export function drainScript({ region, namespace, drainSeconds, hookSeconds }: Drain): string {
  // One poll passes before the script notices the hook, and another before it notices the end of its time.
  const sendSeconds = hookSeconds - drainSeconds - STOP_SECONDS - CALL_SECONDS - 2 * POLL_SECONDS;
  if (sendSeconds < POLL_SECONDS) throw new RangeError(`A hook of ${hookSeconds} s leaves no time to send the spool`);
  const keeps = JSON.stringify([{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }]);
  const metrics = { Namespace: namespace, Dimensions: [['service']], Metrics: [{ Name: DISKS_KEPT, Unit: 'Count' }] };
  return `#!/bin/bash
set -uo pipefail
imds=http://169.254.169.254/latest

metadata() {
  local token
  token=$(curl -sf -m 2 -X PUT "$imds/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 60') &&
    curl -sf -m 2 -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"
}

# Fails unless the directory can be read and holds no segment.
spool_is_empty() {
  local segments
  segments=$(find "\${SPOOL:-${PLACES.spool}}" -name '*.segment') && [ -z "$segments" ]
}

say() {
  printf '{"level":%s,"name":"drain","msg":"%s"}\\n' "$1" "$2"
}

# Keeps the disk, and sets off the alarm disk-kept by a line in CloudWatch's embedded metric format.
keep_disk() {
  say 50 "$1"
  printf '{"_aws":{"Timestamp":%s,"CloudWatchMetrics":[%s]},"service":"gateway","${DISKS_KEPT}":1}\\n' \\
    "$(date +%s%3N)" '${JSON.stringify(metrics)}'
  exit 0
}

until [ "$(metadata autoscaling/target-lifecycle-state)" = Terminated ]; do sleep ${POLL_SECONDS}; done
say 30 'This instance is to be terminated'
sleep ${drainSeconds}
for ((waited = 0; waited < ${sendSeconds}; waited += ${POLL_SECONDS})); do
  spool_is_empty && break
  sleep ${POLL_SECONDS}
done
spool_is_empty || keep_disk 'The spool is not empty: the disk stays'
systemctl stop swipegate
spool_is_empty || keep_disk 'The gateway stopped with a spool: the disk stays'
for attempt in 1 2 3; do
  if AWS_MAX_ATTEMPTS=1 aws ec2 modify-instance-attribute --region ${region} --instance-id "$(metadata instance-id)" \\
    --cli-connect-timeout 3 --cli-read-timeout 3 --block-device-mappings '${keeps}'; then
    say 30 'The spool is empty: the disk goes with the instance'
    exit 0
  fi
  sleep 1
done
say 50 'EC2 did not accept the call: the disk stays though its spool is empty'
`;
}

/** systemd unit of the script. Root, because it stops the gateway. */
export function drainUnit(): string {
  return [
    '[Unit]',
    'Description=Drains the gateway before Auto Scaling terminates the instance',
    'After=swipegate.service',
    '',
    '[Service]',
    `ExecStart=${DRAIN_SCRIPT}`,
    'Restart=on-failure',
    'RestartSec=5',
    `StandardOutput=append:${PLACES.log}`,
    `StandardError=append:${PLACES.log}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
