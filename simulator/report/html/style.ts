import { THEME } from '@swipegate/page/theme';

export const STYLE = `${THEME}main,header,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
header p{margin:0;color:var(--soft)}
h1{font-size:26px;line-height:1.2;margin:2px 0 18px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:18px;margin:34px 0 12px;font-weight:650}
h3{font-size:15px;margin:0;font-weight:650}
.note{margin:0;color:var(--soft);font-size:13px}
.soft{color:var(--soft);font-weight:400}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:16px 18px;margin:0}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:16px}
.stack{display:grid;gap:16px;grid-template-columns:minmax(0,1fr)}
.scroll{overflow-x:auto}.after{margin-top:16px}
.verdict{display:flex;flex-wrap:wrap;align-items:center;gap:14px;border-radius:10px;padding:14px 18px;border:1px solid transparent}
.verdict p{margin:0;font-size:17px}
.badge{font-weight:700;font-size:20px;text-transform:uppercase;letter-spacing:.04em}
.passed{background:var(--good-ground);border-color:var(--good)}.passed .badge{color:var(--good)}
.failed{background:var(--bad-ground);border-color:var(--bad)}.failed .badge{color:var(--bad)}
.invalid{background:var(--warn-ground);border-color:var(--warn)}.invalid .badge{color:var(--warn)}
.run-name{font-weight:700;font-size:20px;color:var(--card);border-radius:6px;padding:0 10px}.run-name.a{background:var(--a)}.run-name.b{background:var(--b)}
.alert{margin-top:12px;border-left:4px solid var(--warn);background:var(--warn-ground);padding:10px 16px;border-radius:4px}
.alert ul{margin:4px 0 0;padding-left:20px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(215px,1fr));gap:10px 20px;margin:16px 2px}
.facts dt{color:var(--soft);font-size:13px}.facts dd{margin:0;overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:12px}
.tile{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:12px 14px;flex:1 1 auto;min-width:138px}
.tile .note{width:0;min-width:100%}
.tile h3{color:var(--soft);font-size:14px}
.figure{margin:2px 0;font-size:30px;line-height:1.15;font-weight:650;letter-spacing:-.01em;white-space:nowrap}
.mark{font-size:20px}
.tile.good .mark{color:var(--good)}
.tile.bad{border-color:var(--bad);background:var(--bad-ground)}.tile.bad .figure,.tile.bad h3{color:var(--bad)}
.good{color:var(--good)}.bad{color:var(--bad)}
.tile.good{color:inherit}.tile.bad .note{color:inherit}.tile.bad{color:inherit}
.run+.run{margin-top:28px}
.examples{margin-top:12px}.examples summary{font-weight:650;cursor:pointer}.examples ol{margin:10px 0 0;padding-left:28px}.examples li{margin:3px 0}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin-top:8px;font-size:14px}
th{text-align:left;font-weight:400}
thead th{color:var(--soft);font-size:13px;border-bottom:1px solid var(--edge)}
th,td{padding:5px 12px 5px 0;vertical-align:middle}
tbody th{min-width:180px}
tbody tr+tr>*{border-top:1px solid var(--grid)}
.n{text-align:right;white-space:nowrap}
td.good,td.bad{white-space:nowrap;font-weight:600}
.bars tbody th,.examples li{overflow-wrap:anywhere}
.compact{width:auto}.compact th,.compact td{padding-right:28px}
.wide{width:30%;min-width:90px;padding-right:0}
.wide svg{display:block}
.bar{fill:var(--decision)}.bar.denied{fill:var(--errors)}.bar.recorded{fill:var(--due)}.bar.problem{fill:var(--errors)}.bar.a{fill:var(--a)}.bar.b{fill:var(--b)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.chart svg[role]{display:block;width:100%;min-width:460px;height:auto;margin-top:8px;touch-action:pan-y}
.tick{fill:var(--soft);font-size:12px}
.nothing{fill:var(--soft);font-size:14px}
.sign{font-size:13px;font-weight:700}.sign.good{fill:var(--good)}.sign.bad{fill:var(--bad)}
.grid{stroke:var(--grid)}.axis{stroke:var(--due)}
.shaded{fill:var(--due);opacity:.13}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.off{display:none}
.due{stroke:var(--due)}.line.due{stroke-width:6;stroke-opacity:.4}
.ack,.ack-faint{stroke:var(--ack)}.decision,.decision-faint,.decision-thin{stroke:var(--decision)}.errors{stroke:var(--errors)}
.a,.a-faint{stroke:var(--a)}.b,.b-faint{stroke:var(--b)}
.line.ack-faint,.line.decision-faint,.line.a-faint,.line.b-faint{stroke-width:1.5;stroke-dasharray:2 4}
.line.errors{stroke-width:2.5}.line.decision-thin{stroke-width:1.25}
.run-name,.bar{stroke:none}
.cursor line{stroke:var(--soft);stroke-dasharray:3 3}
.dot{fill:var(--card);stroke-width:2}
.legend{display:flex;flex-wrap:wrap;gap:2px 6px;align-items:center;margin:8px 0 0 -8px}
.legend button{display:inline-flex;align-items:center;gap:6px;font:inherit;font-size:13px;color:inherit;background:none;border:0;border-radius:6px;padding:3px 8px;cursor:pointer}
.legend button:hover{background:var(--grid)}
.legend button[aria-pressed=false]{color:var(--soft);text-decoration:line-through}
.swatch{width:22px;height:8px}
.at{font-size:13px;color:var(--soft);min-height:1.45em}
figcaption{display:grid;grid-template-columns:1fr auto;gap:0 12px}figcaption .note{grid-column:1/-1}
fieldset{border:0;margin:10px 0 8px;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px}
legend{float:left;padding:0;margin-right:2px;color:var(--soft)}
.heat label{cursor:pointer}.heat input{accent-color:var(--ack);margin:0 2px 0 0;vertical-align:-1px}
.heat svg[role]{display:block;max-width:100%;min-width:260px;height:auto}
.heat rect.here{stroke:var(--ink);stroke-width:2}
.scales{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:center;margin-top:10px;font-size:13px;color:var(--soft);min-height:1.45em}
.scale{display:none}
${heatRules()}
:focus-visible{outline:2px solid var(--ack);outline-offset:2px;border-radius:4px}
.scroll :focus-visible{outline-offset:-2px}
footer{padding-top:30px;padding-bottom:40px;color:var(--soft);font-size:13px}
@media print{body{background:none}.card,.tile,.run{break-inside:avoid}}
@media(max-width:560px){main,header,footer{padding-left:12px;padding-right:12px}.card{padding:12px}.figure{font-size:24px}}
`;

/** The checked radio button selects which class of a cell sets its colour, so this needs no script. */
function heatRules(): string {
  const chosen = (key: string) => `.heat:has(input[value=${key}]:checked)`;
  const rules = ['l', 's', 'd', 'e'].flatMap((key) => [
    ...Array.from({ length: 7 }, (_, i) => `${chosen(key)} svg[role] .${key}${i}{fill:var(--h${i})}`),
    `${chosen(key)} svg[role] .${key}-{fill:none;stroke:var(--edge)}`,
    `${chosen(key)} .by-${key}{display:inline}`,
  ]);
  return [...rules, ...Array.from({ length: 7 }, (_, i) => `.scale .l${i}{fill:var(--h${i})}`)].join('\n');
}
