import { html, type Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { clock, count, latency, sum, threeDigits } from '@swipegate/terminal/figures';
import { FAULTS, highestRate, meanRate, type RunResult } from '../result/run-result.js';

const FAULT_MEANINGS: Readonly<Record<keyof RunResult['faults'], string>> = {
  lost: 'accepted, never decided',
  duplicated: 'two different decisions',
  wrong: 'decision breaks the rules',
  changed: 'reported differs from stored',
  reordered: 'decided out of order',
};

/** State of a run and a sentence that explains it. */
export function stateOf(result: RunResult): { state: 'passed' | 'failed' | 'invalid'; says: string } {
  const { ok, valid, faults, thresholds, counts, attacks = {} } = result;
  if (!valid) return { state: 'invalid', says: 'The figures are not reliable: see the reasons below.' };
  const highest = highestRate(result);
  if (ok && highest !== undefined) {
    return { state: 'passed', says: `The highest rate that holds is ${count(highest)} swipes/s; this is its run.` };
  }
  if (ok) return { state: 'passed', says: 'Every accepted swipe has exactly one correct decision.' };
  const wrong = sum(faults) > 0 ? ['decisions are not sound'] : [];
  const missed = thresholds.some((threshold) => !threshold.ok) ? ['a threshold is not met'] : [];
  const unanswered = counts.refused + counts.unanswered > 0 ? ['swipes were refused or never answered'] : [];
  const isHit = Object.values(attacks).some(({ sent, repelled }) => sent > repelled);
  const passed = isHit ? ['a hostile post was not repelled'] : [];
  const why = [...wrong, ...missed, ...unanswered, ...passed].join(', and ') || 'the run failed';
  return { state: 'failed', says: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` };
}

/** Verdict of a run, its facts, and the results of verification in large figures. `name` tells two runs apart. */
export function verdict(result: RunResult, name: string): Markup {
  const { state, says } = stateOf(result);
  return html`<section class="run" aria-label="${name === '' ? 'Verdict' : `Run ${name}`}">
<div class="verdict ${state}">${name === '' ? NOTHING : html`<span class="run-name ${name.toLowerCase()}">${name}</span>`}<span class="badge">${MARKS[state]} ${state}</span><p>${says}</p></div>
${reasons(result)}${facts(result)}
<div class="tiles">${tile('accepted', count(result.counts.accepted), 'durable, answered 2xx', '')}${tile('decided', count(result.counts.decided), shareText(result), '')}${faultTiles(result)}</div>
${examples(result)}
</section>
`;
}

const MARKS = { passed: '✓', failed: '✗', invalid: '!' } as const;

/** Marks a 0 as good only if swipes were accepted; without swipes it proves nothing. */
function faultTiles({ faults, counts }: RunResult): Markup[] {
  const atZero = counts.accepted > 0 ? 'good' : '';
  return FAULTS.map((fault) =>
    tile(fault, count(faults[fault]), FAULT_MEANINGS[fault], faults[fault] > 0 ? 'bad' : atZero),
  );
}

function tile(name: string, figure: string, meaning: string, state: 'good' | 'bad' | ''): Markup {
  const mark = state === '' ? NOTHING : html` <span class="mark">${state === 'good' ? '✓' : '✗'}</span>`;
  return html`<div class="tile ${state}"><h3>${name}</h3><p class="figure">${figure}${mark}</p><p class="note">${meaning}</p></div>`;
}

function shareText({ counts: { accepted, decided } }: RunResult): string {
  if (accepted === 0) return 'nothing to decide';
  const share = (100 * decided) / accepted;
  // Rounded down, so that less than all is never shown as 100 %.
  return `${(Math.floor(share * 100) / 100).toFixed(share === 100 ? 0 : 2)} % of accepted`;
}

function reasons({ valid, invalidBecause }: RunResult): Markup {
  if (valid) return NOTHING;
  const said = invalidBecause.length === 0 ? ['The generator could not keep its schedule.'] : invalidBecause;
  return html`<div class="alert" role="note"><strong>Invalid because</strong><ul>${said.map((reason) => html`<li>${reason}</li>`)}</ul></div>`;
}

function facts(result: RunResult): Markup {
  const rate = meanRate(result, 'accepted');
  const { startedAt, warmUpMs, durationMs, counts } = result;
  const rows: [name: string, value: string][] = [
    ['scenario', shortName(result.scenario)],
    ['target', shortName(result.target)],
    ['started', shortName(startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'))],
    ['duration', `${clock(durationMs)}${warmUpMs > 0 ? ` after ${clock(warmUpMs)} of warm-up` : ''}`],
    ['readers', count(result.readers)],
    ['target rate', `at most ${threeDigits(result.rate)} /s`],
    ['accepted per second', rate === null ? '–' : `${threeDigits(rate)} /s`],
    ['swipe to durable', `p50 ${latency(result.ack.fromDue.p50)}, p99 ${latency(result.ack.fromDue.p99)}`],
    ['swipe to decision', `p50 ${latency(result.decision.fromDue.p50)}, p99 ${latency(result.decision.fromDue.p99)}`],
    ['refused, unanswered', `${count(counts.refused)}, ${count(counts.unanswered)}`],
    ['retries', count(counts.retries)],
    ['generator delay', `at most ${latency(result.generatorDelayMs)}`],
    ['seed', String(result.seed)],
  ];
  if (result.shard !== undefined) rows.push(['shard', shortName(result.shard)]);
  if (counts.skipped > 0) rows.push(['skipped', `${count(counts.skipped)}, no idle people`]);
  if (result.unjudged !== undefined)
    rows.push(['not judged', `${count(result.unjudged)}: the back office changed data, or a device got no answer`]);
  if (result.unjudgedZones.length > 0) rows.push(['zones not driven', shortName(result.unjudgedZones.join(', '))]);
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`;
}

function examples({ examples }: RunResult): Markup {
  if (examples.length === 0) return NOTHING;
  return html`<details class="card examples" open><summary>Examples of what went wrong (${count(examples.length)})</summary><ol>${examples.map((example) => html`<li><code>${example}</code></li>`)}</ol></details>`;
}
