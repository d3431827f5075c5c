import { printable, printableJson, printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { comparisonJson, csvOf, resultJson } from '../report/exports.js';
import { writeHtmlReport } from '../report/html/html-report.js';
import { compareLines } from '../report/lines/compare-lines.js';
import { resultLines } from '../report/lines/result-lines.js';
import { checkDistinct, writeText } from '../report/output-files.js';
import { readRunResult } from '../report/result/run-file.js';
import { type Command, printHelp } from './command.js';

export const reportCommand: Command = {
  name: 'report',
  summary: 'shows the result of a run, or compares two runs',
  help: `swipegate-sim report FILE [FILE] [options]

  FILE is the output of run --out. With one file, prints its figures and writes
  a page with charts next to it. With two files, compares the second run (B)
  with the first (A).

  --html FILE   the page to write     (one run: FILE.html; two runs: none)
  --csv FILE    one line per second   (one run only)
  --json        print the figures as JSON; writes a page only with --html
  --no-html     write no page

The exit code is 0 even if the run failed: run has reported that already.
`,
  async run(args, { stdout, stderr, env }) {
    const { values, positionals } = parseOptions(
      'swipegate-sim report',
      args,
      {
        html: { type: 'string' },
        csv: { type: 'string' },
        json: { type: 'boolean' },
        'no-html': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      MANY,
    );
    if (values.help === true) return printHelp(this, stdout);
    const [file, other, ...more] = positionals;
    if (file === undefined || more.length > 0) {
      throw new OptionError('Name one run, or two to compare: write swipegate-sim report run.json.');
    }
    if (values.html !== undefined && values['no-html'] === true) {
      throw new OptionError('--html and --no-html contradict each other: write one of the two.');
    }
    if (other !== undefined && values.csv !== undefined) {
      throw new OptionError('--csv works with one run only: name one file, or remove --csv.');
    }
    const isBeside = other === undefined && values.json !== true && values['no-html'] !== true;
    const html = values.html ?? (isBeside ? `${file.replace(/\.json$/, '')}.html` : undefined);
    checkDistinct(positionals, { '--html': html, '--csv': values.csv });
    const result = await readRunResult(file);
    const second = other === undefined ? undefined : await readRunResult(other);
    const style = { color: wantsColor(stdout, env), columns: stdout.columns ?? 80 };
    const figures = second === undefined ? resultJson(result) : comparisonJson(result, second);
    const lines = second === undefined ? resultLines(result, style) : compareLines(result, second);
    stdout.write(values.json === true ? `${printableJson(figures)}\n` : `${printableText(lines.join('\n'))}\n`);
    if (html !== undefined) {
      await writeHtmlReport(second === undefined ? [result] : [result, second], html);
      (values.json === true ? stderr : stdout).write(`\nWrote ${printable(html)}: open it in a browser.\n`);
    }
    if (values.csv !== undefined) await writeText(values.csv, csvOf(result));
    return 0;
  },
};
