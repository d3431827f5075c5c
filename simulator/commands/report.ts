import { compareLines } from '../report/compare-lines.js';
import { csvOf } from '../report/csv.js';
import { writeHtmlReport } from '../report/html-report.js';
import { wantsColor } from '../report/ink.js';
import { resultLines } from '../report/result-lines.js';
import { readRunResult } from '../report/run-file.js';
import type { Command } from './command.js';
import { OptionError, parseOptions } from './options.js';
import { writeText } from './write-text.js';

export const reportCommand: Command = {
  name: 'report',
  summary: 'shows what a run left behind, or compares two runs',
  help: `swipegate-sim report FILE [FILE] [options]

  FILE is what run --out wrote. Of one, its figures and a page with charts
  beside it; of two, the first is A and the second B, and what has changed.

  --html FILE   the page            (of one run: FILE.html; of two: none)
  --csv FILE    a line a second     (of one run)
  --no-html     no page

Exit code 0 also for a run that had failed: that was said when it ran.
`,
  async run(args, { stdout, env }) {
    const { values, positionals } = parseOptions('swipegate-sim report', args, {
      html: { type: 'string' },
      csv: { type: 'string' },
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
    const result = await readRunResult(file);
    const second = other === undefined ? undefined : await readRunResult(other);
    const lines =
      second === undefined
        ? resultLines(result, { color: wantsColor(stdout, env), columns: stdout.columns ?? 80 })
        : compareLines(result, second);
    stdout.write(`${lines.join('\n')}\n`);
    const html = values.html ?? (second === undefined ? `${file.replace(/\.json$/, '')}.html` : undefined);
    if (html !== undefined && values['no-html'] !== true) {
      await writeHtmlReport(second === undefined ? [result] : [result, second], html);
      stdout.write(`\n${html} is written: open it in a browser.\n`);
    }
    if (values.csv !== undefined) await writeText(values.csv, csvOf(result));
    return 0;
  },
};
