import { gatewayNodeOptions } from '../../resources.js';
import { installRestartDelay, restartLines, UNLIMITED_STARTS } from '../network/restart-delay.js';

export const PLACES = {
  program: '/opt/swipegate',
  spool: '/var/lib/swipegate/spool',
  log: '/var/log/swipegate/gateway.log',
} as const;

export const PORT = 8080;
/** Longer than the gateway's SHUTDOWN_TIMEOUT_MS, so it can send everything it has accepted. */
export const STOP_SECONDS = 60;

/** systemd unit. The gateway may write only spool and log, and needs no privilege: its port is above 1024. */
export function systemdUnit(environment: Readonly<Record<string, string>>): string {
  return [
    '[Unit]',
    'Description=Swipegate gateway',
    'After=network-online.target',
    'Wants=network-online.target',
    ...UNLIMITED_STARTS,
    '',
    '[Service]',
    'User=swipegate',
    `ExecStart=/usr/bin/node --enable-source-maps ${gatewayNodeOptions.join(' ')} ${PLACES.program}/bin/main.js`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${name}=${value}`),
    ...restartLines('swipegate'),
    'KillSignal=SIGTERM',
    `TimeoutStopSec=${STOP_SECONDS}`,
    'LimitNOFILE=1000000',
    `StandardOutput=append:${PLACES.log}`,
    `StandardError=append:${PLACES.log}`,
    'NoNewPrivileges=true',
    'ProtectSystem=strict',
    'ProtectHome=true',
    'PrivateTmp=true',
    `ReadWritePaths=/var/lib/swipegate /var/log/swipegate`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

export const DRAIN_SCRIPT = '/usr/local/sbin/swipegate-drain';

/** Unit and script of drain-unit.ts. */
export interface DrainFiles {
  unit: string;
  script: string;
}

/** Commands that install the drain, with its user and folders. They need no package, so an instance whose start fails has it. */
export function installDrain({ unit, script }: DrainFiles): string[] {
  return [
    'useradd --system --home-dir /var/lib/swipegate --shell /sbin/nologin swipegate',
    `install -d -o swipegate -g swipegate -m 0750 /var/lib/swipegate ${PLACES.spool} /var/log/swipegate`,
    "cat > /etc/systemd/system/swipegate-drain.service <<'UNIT'",
    unit.trimEnd(),
    'UNIT',
    `cat > ${DRAIN_SCRIPT} <<'SCRIPT'`,
    script.trimEnd(),
    'SCRIPT',
    `chmod 0755 ${DRAIN_SCRIPT}`,
    'systemctl daemon-reload',
    'systemctl enable --now swipegate-drain',
  ];
}

export interface StartScript {
  /** s3://… URL of the bundled gateway, a zip. */
  program: string;
  unit: string;
  logGroup: string;
}

/** Start script of an instance, run once. Packages come from S3, because the network has no internet access. */
export function startScript({ program, unit, logGroup }: StartScript): string[] {
  const collected = { file_path: PLACES.log, log_group_name: logGroup, log_stream_name: '{instance_id}' };
  const agent = { logs: { logs_collected: { files: { collect_list: [collected] } } } };
  return [
    'dnf install -y nodejs24 unzip amazon-cloudwatch-agent',
    'alternatives --set node /usr/bin/node-24 || true',
    `install -d ${PLACES.program}`,
    `aws s3 cp '${program}' /tmp/gateway.zip`,
    `unzip -q /tmp/gateway.zip -d ${PLACES.program}`,
    ...installRestartDelay(),
    "cat > /etc/systemd/system/swipegate.service <<'UNIT'",
    unit.trimEnd(),
    'UNIT',
    "cat > /opt/aws/amazon-cloudwatch-agent/etc/swipegate.json <<'AGENT'",
    JSON.stringify(agent),
    'AGENT',
    '/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/swipegate.json',
    "cat > /etc/logrotate.d/swipegate <<'ROTATE'",
    `${PLACES.log} { size 100M rotate 5 copytruncate compress missingok }`,
    'ROTATE',
    'systemctl daemon-reload',
    'systemctl enable --now swipegate',
  ];
}
