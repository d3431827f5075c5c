import { availableParallelism } from 'node:os';
import { MAX_BATCH_ITEMS } from '@swipegate/contract';
import { count, latency } from '@swipegate/terminal/figures';
import { duration, OptionError, parseOptions, url, whole } from '@swipegate/terminal/options';
import { readKeys, readSite } from '../run/site-files.js';
import { type StressResult, stress } from '../stress/stress.js';
import type { Command } from './command.js';
import { stopSignal } from './stop-signal.js';

const DEFAULT_TARGET = 'http://127.0.0.1:8080';

export const stressCommand: Command = {
  name: 'stress',
  summary: 'posts as fast as it is answered (autocannon); verifies nothing',
  help: `swipegate-sim stress [options]

  Valid, unique, authenticated swipes on every connection, each sent when the
  last was answered: how much the gateway takes in at most. Such a closed loop
  slows down with the gateway, so its latencies are too good, and it does not
  ask what became of the swipes: run does both. It moves the site's people and
  may leave many swipes undecided: start the site anew before you run.

  --target URL        the gateway  (that of the keys file, or port 8080 here)
  --connections N     at once                                         (64)
  --duration T        20s, 5m                                         (10s)
  --workers N         threads that share the connections               (1)
  --batch N           swipes a request, as a JSON array from 2 to ${MAX_BATCH_ITEMS}      (1)
  --site FILE         readers and cards          (.swipegate/site.json)
  --keys FILE         API key of each reader     (.swipegate/keys.json)
  --json              the figures as JSON

Ctrl-C ends it with the figures so far.
Exit code 0: every request was answered with 2xx. 1: not so.
`,
  async run(args, { stdout, stderr }) {
    const { values, positionals } = parseOptions('swipegate-sim stress', args, {
      target: { type: 'string' },
      connections: { type: 'string', default: '64' },
      duration: { type: 'string', default: '10s' },
      workers: { type: 'string', default: '1' },
      batch: { type: 'string', default: '1' },
      site: { type: 'string', default: '.swipegate/site.json' },
      keys: { type: 'string', default: '.swipegate/keys.json' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    if (values.help === true) {
      stdout.write(this.help);
      return 0;
    }
    const [more] = positionals;
    if (more !== undefined) throw new OptionError(`${more} belongs to no option. See swipegate-sim stress --help.`);
    const connections = whole('--connections', values.connections, 1, 10_000);
    const workers = whole('--workers', values.workers, 1, 4 * availableParallelism());
    if (workers > connections) {
      throw new OptionError(
        `--workers ${workers} are more than the ${connections} connections that they share: write --connections ${workers} or more.`,
      );
    }
    const durationMs = duration('--duration', values.duration);
    if (durationMs < 1_000) throw new OptionError(`--duration ${values.duration} is too short: write 1s or more.`);
    const seconds = Math.round(durationMs / 1_000);
    const batch = whole('--batch', values.batch, 1, MAX_BATCH_ITEMS);
    const asked = values.target === undefined ? undefined : url('--target', values.target);
    // One after the other, so that of two missing files it is always the same that is named.
    const site = await readSite(values.site);
    const { keys, gateway = DEFAULT_TARGET } = await readKeys(values.keys);
    const target = asked ?? new URL(gateway);
    stderr.write(`${seconds} s of ${count(connections)} connections to ${target.origin} …\n`);
    const stopping = stopSignal();
    const { signal } = stopping;
    const result = await stress({ target, site, keys, connections, seconds, batch, workers, signal }).finally(
      stopping.release,
    );
    stdout.write(values.json === true ? `${JSON.stringify(result)}\n` : `${stressLines(result).join('\n')}\n`);
    return result.ok ? 0 : 1;
  },
};

function stressLines({ requestsPerSecond, swipesPerSecond, latencyMs, statuses, errors, ok }: StressResult): string[] {
  return [
    `  requests   ${count(Math.round(requestsPerSecond), 12)} /s`,
    `  swipes     ${count(Math.round(swipesPerSecond), 12)} /s`,
    `  latency    ${(['p50', 'p90', 'p99', 'p999', 'max'] as const).map((name) => `${name.replace('p999', 'p99.9')} ${latency(latencyMs[name])}`).join('  ')}`,
    ...Object.entries(statuses).map(([status, n]) => `  ${status.padEnd(11)}${count(n, 12)}`),
    ...(errors === 0 ? [] : [`  no answer  ${count(errors, 12)}`]),
    ok
      ? 'Every request was answered with 2xx; what became of the swipes, run tells.'
      : 'NOT SOUND: not every request was answered with 2xx.',
  ];
}
