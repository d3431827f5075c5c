import { compile, explain, Why } from '@swipegate/contract';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { ink, wantsColor } from '@swipegate/terminal/ink';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { CONNECTION_HELP, connect } from '../admin-api/connection.js';
import type { Command } from '../command.js';
import { applyPlan, revokeLostKeys, SiteApplyError } from './apply.js';
import { actionFor, type SiteChange } from './changes.js';
import { KeysFile } from './keys-file.js';
import { countsOf, planLines, titleOf } from './plan-lines.js';
import { allowedIn, PLAN_HELP, PLAN_OPTIONS, preparePlan, siteIn } from './prepare.js';
import type { Me } from './read-state.js';

const NAME = 'swipegate site apply';
const isWhy = compile(Why);

export const applyCommand = applyWith(connect);

/** The command, on a client that a test may choose. */
export function applyWith(connectWith: typeof connect): Command {
  return {
    help: `${NAME} FILE --why TEXT [options]

  Makes the tenant's site as FILE says: plans, then requests each change from
  the admin API and waits until it is applied. Stops at the first fault; run it
  again to finish.

  --why TEXT        reason, which is kept with every change
  --keys FILE       file for the keys of new readers and operators; it is added
                    to. Needed if a key is issued: the API shows it only once
${PLAN_HELP}

${CONNECTION_HELP}
Exit codes: 0 applied, 1 refused or failed, 2 invalid option or file.
docs/site-file.md describes the file.
`,
    async run(args, io) {
      const options = { ...PLAN_OPTIONS, why: { type: 'string' }, keys: { type: 'string' } } as const;
      const { values, positionals } = parseOptions(NAME, args, options, 1);
      if (values.help === true) {
        io.stdout.write(this.help);
        return 0;
      }
      const { json = false, remove = false } = values;
      const why = whyIn(values.why);
      const allow = allowedIn(values.allow);
      const file = await siteIn(positionals[0], NAME);
      const client = await connectWith(values, io);
      const keys = values.keys === undefined ? undefined : await KeysFile.open(values.keys);
      const lost = keys === undefined ? [] : await revokeLostKeys(client, keys);
      const { me, plan } = await preparePlan(client, file, { remove, allow, lost });
      const changes = plan.stages.flat();
      const say = (...lines: string[]) => {
        if (!json) io.stdout.write(`${printableText(lines.join('\n'))}\n`);
      };
      const color = wantsColor(io.stdout, io.env);
      say(`Tenant ${me.tenantId} at ${client.url}, as ${me.userName}`, '', ...planLines(plan, { color }));
      const done: SiteChange[] = [];
      const finish = (error?: string) => {
        const { refusals, refusedRemovals, kept } = plan;
        const result = {
          tenantId: me.tenantId,
          applied: countsOf(done),
          changes: done,
          kept,
          refusals,
          refusedRemovals,
          ...(error && { error }),
        };
        if (json) io.stdout.write(`${printableJson(result, 2)}\n`);
      };
      if (plan.refusals.length > 0) {
        finish('refused');
        return 1;
      }
      refuseWithout(me, keys, changes);
      if (changes.length === 0) {
        finish();
        return 0;
      }
      say('');
      const { green } = ink(color);
      try {
        await applyPlan(client, plan, {
          why,
          keys,
          onApplied(change) {
            done.push(change);
            say(`  ${green('✓')} ${done.length}/${changes.length}  ${titleOf(change)}`);
          },
        });
      } catch (error) {
        if (!(error instanceof SiteApplyError)) throw error;
        finish(error.message);
        const rest = changes.length - done.length;
        throw new SiteApplyError(
          `${error.message}\n${done.length} of ${changes.length} changes are applied, ${rest} are left. Run the command again to finish.`,
          { cause: error },
        );
      }
      say('', `Done.${keys !== undefined && countsOf(done).issueKeys > 0 ? ` The keys are in ${keys.path}.` : ''}`);
      finish();
      return 0;
    },
  };
}

function whyIn(why: string | undefined): string {
  if (why === undefined)
    throw new OptionError(`--why is missing: write a reason, such as --why 'New building'. See ${NAME} --help.`);
  if (isWhy(why)) return why;
  throw new OptionError(`--why ${explain(isWhy.errors).reason}.`);
}

/** Finds before the first change what would stop the run at a later one. */
function refuseWithout({ userName, actions }: Me, keys: KeysFile | undefined, changes: readonly SiteChange[]): void {
  const issued = changes.filter(({ action }) => action === 'issue-key').length;
  if (issued > 0 && keys === undefined) {
    const what = issued === 1 ? 'One key is' : `${issued} keys are`;
    throw new OptionError(`${what} issued, and each is shown only once: write --keys keys.json for them.`);
  }
  const missing = changes.find((change) => !actions.includes(actionFor(change)));
  if (missing === undefined) return;
  throw new SiteApplyError(
    `${userName} may not change ${titleOf(missing)}: use the token of an admin. Nothing was changed.`,
  );
}
