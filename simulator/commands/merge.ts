import { printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { writeHtmlReport } from '../report/html/html-report.js';
import { resultLines } from '../report/lines/result-lines.js';
import { checkDistinct, writeText } from '../report/output-files.js';
import { mergeResults } from '../report/result/merge.js';
import { readRunResult } from '../report/result/run-file.js';
import { judgeThreshold } from '../scenarios/thresholds.js';
import { type Command, printHelp } from './command.js';

export const mergeCommand: Command = {
  name: 'merge',
  summary: 'merges the results of several simulators',
  help: `swipegate-sim merge FILE FILE … --out FILE [--html FILE]

  Each FILE is the output of run --shard I/N --out on one machine. Counts and
  histograms add up exactly; thresholds are checked again on the whole run.

  --out FILE    the merged result as JSON
  --html FILE   the merged result as a page with charts

Exit codes: 0 the whole run passed; 1 it failed, or a shard is missing;
2 invalid option.
`,
  async run(args, { stdout, env }) {
    const { values, positionals } = parseOptions(
      'swipegate-sim merge',
      args,
      {
        out: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      MANY,
    );
    if (values.help === true) return printHelp(this, stdout);
    if (positionals.length === 0 || values.out === undefined) {
      throw new OptionError(
        'merge needs results and --out: write swipegate-sim merge one.json two.json --out run.json.',
      );
    }
    checkDistinct(positionals, { '--out': values.out, '--html': values.html });
    const merged = mergeResults(await Promise.all(positionals.map(readRunResult)), judgeThreshold);
    await writeText(values.out, `${JSON.stringify(merged)}\n`);
    if (values.html !== undefined) await writeHtmlReport([merged], values.html);
    const style = { color: wantsColor(stdout, env), columns: stdout.columns ?? 80 };
    stdout.write(`${printableText(resultLines(merged, style).join('\n'))}\n`);
    return merged.ok ? 0 : 1;
  },
};
