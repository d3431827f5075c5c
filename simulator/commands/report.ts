import { wantsColor } from '@swipegate/terminal/ink';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { csvOf } from '../report/csv.js';
import { writeHtmlReport } from '../report/html-report.js';
import { compareLines } from '../report/lines/compare-lines.js';
import { resultLines } from '../report/lines/result-lines.js';
import { comparisonJson, resultJson } from '../report/result/result-json.js';
import { readRunResult } from '../report/result/run-file.js';
import { writeText } from '../report/write-text.js';
import type { Command } from './command.js';
import { checkDistinct } from './distinct-files.js';

export const reportCommand: Command = {
  name: 'report',
  summary: 'shows what a run left behind, or compares two runs',
  help: `swipegate-sim report FILE [FILE] [options]

  FILE is what run --out wrote. Of one, its figures and a page with charts
  beside it; of two, the first is A and the second B, and what has changed.

  --html FILE   the page            (of one run: FILE.html; of two: none)
  --csv FILE    a line a second     (of one run)
  --json        the figures as JSON, for scripts; a page only by --html
  --no-html     no page

Exit code 0 also for a run that had failed: that was said when it ran.
`,
  async run(args, { stdout, stderr, env }) {
    const { values, positionals } = parseOptions('swipegate-sim report', args, {
      html: { type: 'string' },
      csv: { type: 'string' },
      json: { type: 'boolean' },
      'no-html': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    if (values.help === true) {
      stdout.write(this.help);
      return 0;
    }
    const [file, other, ...more] = positionals;
    if (file === undefined || more.length > 0) {
      throw new OptionError('Name one run, or two to compare: write swipegate-sim report run.json.');
    }
    if (values.html !== undefined && values['no-html'] === true) {
      throw new OptionError('--html and --no-html contradict each other: write one of the two.');
    }
    if (other !== undefined && values.csv !== undefined) {
      throw new OptionError('--csv is of one run: name one file, or leave --csv out.');
    }
    const beside =
      other === undefined && values.json !== true && values['no-html'] !== true
        ? `${file.replace(/\.json$/, '')}.html`
        : undefined;
    const html = values.html ?? beside;
    checkDistinct(positionals, { '--html': html, '--csv': values.csv });
    const result = await readRunResult(file);
    const second = other === undefined ? undefined : await readRunResult(other);
    const style = { color: wantsColor(stdout, env), columns: stdout.columns ?? 80 };
    if (values.json === true) {
      const figures = second === undefined ? resultJson(result) : comparisonJson(result, second);
      stdout.write(`${JSON.stringify(figures)}\n`);
    } else {
      const lines = second === undefined ? resultLines(result, style) : compareLines(result, second);
      stdout.write(`${lines.join('\n')}\n`);
    }
    if (html !== undefined) {
      await writeHtmlReport(second === undefined ? [result] : [result, second], html);
      (values.json === true ? stderr : stdout).write(`\n${html} is written: open it in a browser.\n`);
    }
    if (values.csv !== undefined) await writeText(values.csv, csvOf(result));
    return 0;
  },
};
