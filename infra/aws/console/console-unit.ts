import { installRestartDelay, restartLines, UNLIMITED_STARTS } from '../network/restart-delay.js';

export const CONSOLE_PLACES = {
  /** Mount point: one folder per release, and the link `current` to the served one. */
  share: '/mnt/console',
  nginx: '/etc/swipegate/nginx.conf',
} as const;

export const CONSOLE_PORT = 8080;
/** User and group inside the container: nobody, on Amazon Linux. */
const USER = '65534:65534';
/** Age after which a new release deletes an old one. */
const KEEP_MINUTES = 7 * 24 * 60;

/** @param headers of every response; values must not contain a double quote */
export function nginxConfiguration(headers: Readonly<Record<string, string>>): string {
  return [
    'daemon off;',
    'worker_processes auto;',
    'pid /tmp/nginx.pid;',
    'error_log /dev/stderr warn;',
    'events { worker_connections 1024; }',
    'http {',
    '  include /etc/nginx/mime.types;',
    '  default_type application/octet-stream;',
    `  log_format json escape=json '{"time":"$time_iso8601","ip":"$http_x_forwarded_for","request":"$request","status":$status}';`,
    '  access_log /dev/stdout json;',
    '  server_tokens off;',
    '  sendfile on;',
    '  gzip on;',
    '  gzip_types text/css text/javascript application/javascript application/json;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path /tmp/${name};`),
    '  server {',
    `    listen ${CONSOLE_PORT};`,
    '    root /srv/console/current;',
    ...Object.entries(headers).map(([name, value]) => `    add_header ${name} "${value}" always;`),
    // Reads no file: without the share, a new instance would be no better.
    '    location = /healthz {',
    '      access_log off;',
    '      default_type text/plain;',
    '      return 200;',
    '    }',
    '    location / {',
    '      limit_except GET { deny all; }',
    '      index index.html;',
    '      try_files $uri $uri/ =404;',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** systemd unit that runs nginx in a read-only container, not as root. */
export function consoleUnit({ region, logGroup }: { region: string; logGroup: string }): string {
  const run = [
    '/usr/bin/docker run --rm --name console',
    `--read-only --tmpfs /tmp --user ${USER} --cap-drop ALL --security-opt no-new-privileges --memory 256m`,
    `--publish ${CONSOLE_PORT}:${CONSOLE_PORT}`,
    `--volume ${CONSOLE_PLACES.nginx}:/etc/nginx/nginx.conf:ro --volume ${CONSOLE_PLACES.share}:/srv/console:ro`,
    `--log-driver awslogs --log-opt awslogs-region=${region} --log-opt awslogs-group=${logGroup}`,
    'swipegate/nginx -e /dev/stderr',
  ];
  return [
    '[Unit]',
    'Description=Swipegate console',
    'Requires=docker.service',
    'After=docker.service',
    `RequiresMountsFor=${CONSOLE_PLACES.share}`,
    ...UNLIMITED_STARTS,
    '',
    '[Service]',
    'ExecStartPre=-/usr/bin/docker rm --force console',
    `ExecStart=${run.join(' ')}`,
    'ExecStop=/usr/bin/docker stop console',
    ...restartLines('swipegate-console'),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

export interface ConsoleStart {
  /** s3://… URL of the console's files, a zip. */
  files: string;
  /** Contents of config.json. */
  config: string;
  /** NFS address, host:/volume. */
  share: string;
  nginx: string;
  unit: string;
}

/**
 * Start script of an instance, run once. Without internet access there is no image registry: the nginx image is built
 * from Amazon Linux's packages in S3 (https://docs.aws.amazon.com/linux/al2023/ug/barebones-containers.html). The
 * first new instance of a deployment or rollback publishes it: it copies the release to the share, then moves
 * `current` to it, for all instances at once.
 */
export function consoleStartScript({ files, config, share, nginx, unit }: ConsoleStart): string[] {
  const { share: mounted, nginx: nginxFile } = CONSOLE_PLACES;
  return [
    'dnf install -y docker nfs-utils unzip',
    'image=$(mktemp -d)',
    'dnf install -y --installroot "$image" --releasever "$(rpm -q system-release --qf \'%{VERSION}\')" --nodocs --setopt install_weak_deps=False nginx-core nginx-mimetypes',
    'systemctl enable --now docker',
    // mktemp made the folder 700. It becomes the container's root folder, which the user nobody must read.
    'chmod 755 "$image"',
    'tar -C "$image" -c . | docker import --change \'ENTRYPOINT ["/usr/sbin/nginx"]\' - swipegate/nginx',
    'rm -rf "$image"',
    `install -d ${mounted} /etc/swipegate`,
    `echo '${share} ${mounted} nfs nfsvers=4.2,noatime,nosuid,nodev,noexec,_netdev 0 0' >> /etc/fstab`,
    `mount ${mounted}`,
    `aws s3 cp '${files}' /tmp/console.zip`,
    `release=$(mktemp -d ${mounted}/release.XXXXXXXX)`,
    'unzip -q /tmp/console.zip -d "$release"',
    'cat > "$release/config.json" <<\'CONFIG\'',
    config,
    'CONFIG',
    'chmod -R a+rX "$release"',
    'ln -s "$(basename "$release")" "$release.link"',
    `mv -T "$release.link" ${mounted}/current`,
    `find ${mounted} -maxdepth 1 -name 'release.*' -mmin +${KEEP_MINUTES} ! -name "$(basename "$release")" -exec rm -rf {} +`,
    `cat > ${nginxFile} <<'NGINX'`,
    nginx.trimEnd(),
    'NGINX',
    ...installRestartDelay(),
    "cat > /etc/systemd/system/swipegate-console.service <<'UNIT'",
    unit.trimEnd(),
    'UNIT',
    'systemctl daemon-reload',
    'systemctl enable --now swipegate-console',
  ];
}
