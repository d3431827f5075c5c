import { html, type Markup, NOTHING, shortName } from '@swipegate/page/markup';
import { count } from '@swipegate/terminal/figures';
import type { RunResult } from '../result/run-result.js';

/** Table of hostile posts by kind and the number repelled; empty if there were none. */
export function attackTable({ attacks = {} }: RunResult): Markup {
  const kinds = Object.entries(attacks).sort(([a], [b]) => (a < b ? -1 : 1));
  if (kinds.length === 0) return NOTHING;
  return html`<div class="card"><h3>Hostile posts</h3><p class="note">posts that the gateway must reject or, if replayed, answer like the original</p>
<div class="scroll"><table class="compact"><thead><tr><th scope="col">kind</th><th scope="col" class="n">sent</th><th scope="col" class="n">repelled</th><th scope="col"><span class="unseen">state</span></th></tr></thead><tbody>
${kinds.map(
  ([kind, { sent, repelled }]) =>
    html`<tr><th scope="row"><bdi>${shortName(kind)}</bdi></th><td class="n">${count(sent)}</td><td class="n">${count(repelled)}</td><td class="${sent === repelled ? 'good' : 'bad'}">${sent === repelled ? '✓ all' : '✗ not all'}</td></tr>\n`,
)}</tbody></table></div></div>
`;
}
