const LONGEST_SECONDS = 60;
/** A run that ends sooner counts as failed. */
const EARLY_SECONDS = 120;
const PATH = '/usr/local/bin/swipegate-restart-delay';

/**
 * Waits before a start: 0 s, then 1, 2, 4 … 60 s while each run ends early. systemd 252 of Amazon Linux 2023 has no
 * RestartSteps (https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html: since 254).
 */
export const RESTART_DELAY_SCRIPT = `#!/bin/bash
set -eu
state="$RUNTIME_DIRECTORY/last-start"
now=$(date +%s)
delay=0
last=$(cat "$state" 2>/dev/null || true)
if [[ "$last" =~ ^([0-9]+)\\ ([0-9]+)$ ]] && [ $((now - BASH_REMATCH[1])) -lt ${EARLY_SECONDS} ]; then
  waited=\${BASH_REMATCH[2]}
  delay=$((waited == 0 ? 1 : waited * 2))
  if [ "$delay" -gt ${LONGEST_SECONDS} ]; then delay=${LONGEST_SECONDS}; fi
fi
sleep "$delay"
echo "$((now + delay)) $delay" > "$state"
`;

/** Lines of [Unit]: start again forever. The default gives up after five starts in ten seconds. */
export const UNLIMITED_STARTS = ['StartLimitIntervalSec=0'];

/** Lines of [Service]: start again after each end, with growing pauses. @param name folder below /run */
export function restartLines(name: string): string[] {
  return [
    `RuntimeDirectory=${name}`,
    'RuntimeDirectoryPreserve=yes',
    // `-`: a fault of the script must not keep the program from its start.
    `ExecStartPre=-${PATH}`,
    `TimeoutStartSec=${2 * LONGEST_SECONDS}`,
    'Restart=always',
    'RestartSec=2',
  ];
}

/** Commands of a start script that install the script. */
export function installRestartDelay(): string[] {
  return [`cat > ${PATH} <<'DELAY'`, RESTART_DELAY_SCRIPT.trimEnd(), 'DELAY', `chmod 755 ${PATH}`];
}
