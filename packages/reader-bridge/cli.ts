import { once } from 'node:events';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { runCli } from '@swipegate/terminal/run-cli';
import { pino } from 'pino';
import { Bridge } from './bridge.js';
import { ConfigError, readConfig } from './config.js';

const HELP = `swipegate-bridge: connects readers that speak no HTTP to Swipegate

  --config FILE      the configuration, a YAML file (or BRIDGE_CONFIG)
  --check            checks the configuration and ends
  --resend-parked    sends again what the gateway could never take

BRIDGE_GATEWAY, BRIDGE_KEY and BRIDGE_SPOOL replace gateway, key and
spool.directory of the file. LOG_LEVEL=debug logs more.

Exit codes: 0 ended by a signal, 1 failure, 2 invalid option or file.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseOptions('swipegate-bridge', args, {
    config: { type: 'string' },
    check: { type: 'boolean' },
    'resend-parked': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const file = values.config ?? process.env['BRIDGE_CONFIG'];
  if (file === undefined) throw new OptionError('There is no configuration: write --config bridge.yaml.');
  const config = await readConfig(file, process.env);
  if (values.check === true) {
    process.stdout.write(`${file} is valid.\n`);
    return 0;
  }
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });
  const bridge = await Bridge.start(config, log, { resendParked: values['resend-parked'] === true });
  log.info({ gateway: config.gateway, spool: config.spool.directory }, 'the bridge runs');
  const [signal] = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info({ signal }, 'the bridge ends');
  await bridge.stop();
  return 0;
}

await runCli(main, (error) => error instanceof OptionError || error instanceof ConfigError);
