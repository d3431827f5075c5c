import { printableJson, printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { parseOptions } from '@swipegate/terminal/options';
import { CONNECTION_HELP, connect } from '../admin-api/connection.js';
import type { Command } from '../command.js';
import { countsOf, planLines } from './plan-lines.js';
import { allowedIn, PLAN_HELP, PLAN_OPTIONS, preparePlan, siteIn } from './prepare.js';

const NAME = 'swipegate site plan';
/** Exit code with --detailed-exitcode. 2 is that of a wrong option, in every command. */
const HAS_CHANGES = 3;

export const planCommand: Command = {
  help: `${NAME} FILE [options]

  Shows what apply would change, as a diff. Changes nothing.

${PLAN_HELP}
  --detailed-exitcode
                    exit with 3 if there is something to do

${CONNECTION_HELP}
Exit codes: 0 planned, 1 refused or failed, 2 invalid option or file.
docs/site-file.md describes the file.
`,
  async run(args, io) {
    const options = { ...PLAN_OPTIONS, 'detailed-exitcode': { type: 'boolean' } } as const;
    const { values, positionals } = parseOptions(NAME, args, options, 1);
    if (values.help === true) {
      io.stdout.write(this.help);
      return 0;
    }
    const allow = allowedIn(values.allow);
    const file = await siteIn(positionals[0], NAME);
    const client = await connect(values, io);
    const { me, plan } = await preparePlan(client, file, { remove: values.remove === true, allow });
    const changes = plan.stages.flat();
    if (values.json === true) {
      const { kept, refusals, refusedRemovals } = plan;
      const result = { tenantId: me.tenantId, counts: countsOf(changes), changes, kept, refusals, refusedRemovals };
      io.stdout.write(`${printableJson(result, 2)}\n`);
    } else {
      const lines = planLines(plan, { color: wantsColor(io.stdout, io.env) });
      const title = `Tenant ${me.tenantId} at ${client.url}, as ${me.userName}`;
      io.stdout.write(`${printableText([title, '', ...lines].join('\n'))}\n`);
    }
    if (plan.refusals.length > 0) return 1;
    return values['detailed-exitcode'] === true && changes.length > 0 ? HAS_CHANGES : 0;
  },
};
