import { availableParallelism } from 'node:os';
import { MAX_BATCH_ITEMS } from '@swipegate/contract';
import { count, latency } from '@swipegate/terminal/figures';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { duration, OptionError, parseOptions, url, whole } from '@swipegate/terminal/options';
import { readSiteAndKeys } from '../run/site-files.js';
import { type StressResult, stress } from '../stress/stress.js';
import { type Command, printHelp } from './command.js';
import { stopSignal } from './stop-signal.js';

export const stressCommand: Command = {
  name: 'stress',
  summary: 'posts as fast as possible (autocannon); verifies nothing',
  help: `swipegate-sim stress [options]

  Measures how many swipes/s the gateway accepts at most. Every connection
  sends valid, unique, authenticated swipes, each as soon as the last is
  answered. Such a closed loop slows down with the gateway, so its latencies
  look too good, and it does not check decisions: use run for both. It moves
  the site's people and may leave many swipes undecided. Restart the site
  before the next run. Defaults are in parentheses.

  --target URL        the gateway  (from the keys file, or 127.0.0.1:8080)
  --connections N     open connections                                (64)
  --duration T        20s, 5m                                         (10s)
  --workers N         threads that share the connections               (1)
  --batch N           swipes per request, up to ${MAX_BATCH_ITEMS}; above 1 as an array (1)
  --site FILE         readers and cards          (.swipegate/site.json)
  --keys FILE         API key of each reader     (.swipegate/keys.json)
  --json              print the figures as JSON

Ctrl-C stops early and prints the figures so far.
Exit codes: 0 every request was answered with 2xx; 1 otherwise; 2 invalid
option.
`,
  async run(args, { stdout, stderr }) {
    const { values } = parseOptions('swipegate-sim stress', args, {
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
    if (values.help === true) return printHelp(this, stdout);
    const connections = whole('--connections', values.connections, 1, 10_000);
    const workers = whole('--workers', values.workers, 1, 4 * availableParallelism());
    if (workers > connections) {
      throw new OptionError(
        `--workers ${workers} is more than the ${connections} connections to share: write --connections ${workers} or more.`,
      );
    }
    const durationMs = duration('--duration', values.duration);
    if (durationMs < 1_000) throw new OptionError(`--duration ${values.duration} is too short: write 1s or more.`);
    const seconds = Math.round(durationMs / 1_000);
    const batch = whole('--batch', values.batch, 1, MAX_BATCH_ITEMS);
    const given = values.target === undefined ? undefined : url('--target', values.target);
    const { site, keys, gateway } = await readSiteAndKeys({ siteFile: values.site, keysFile: values.keys });
    const target = given ?? new URL(gateway);
    stderr.write(`Posting to ${target.origin} for ${seconds} s on ${count(connections)} connections …\n`);
    const { signal, release } = stopSignal();
    const result = await stress({ target, site, keys, connections, seconds, batch, workers, signal }).finally(release);
    stdout.write(
      values.json === true ? `${printableJson(result)}\n` : `${printableText(stressLines(result).join('\n'))}\n`,
    );
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
      ? 'Every request was answered with 2xx. To verify decisions, use swipegate-sim run.'
      : 'NOT SOUND: not every request was answered with 2xx.',
  ];
}
