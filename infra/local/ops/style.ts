import { THEME } from '@swipegate/page/theme';

/** Style sheet of the ops page. `c0` to `c7` are the colours of its lines, in order. */
export const STYLE = `${THEME}
:root{--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#a3527d;--c4:#8a6d00;--c5:#2f9fd6;--c6:#7a4fbf;--c7:#566472}
@media(prefers-color-scheme:dark){:root{--c0:#56b4e9;--c1:#f28a3c;--c2:#35c9a0;--c3:#e08fbd;--c4:#e6d04b;--c5:#8fd3ff;--c6:#b79cf0;--c7:#9dabb8}}
header,main,footer{max-width:1640px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;align-items:center;gap:8px 20px;padding-top:18px;padding-bottom:14px}
h1{font-size:21px;margin:0 auto 0 0;font-weight:650}
h2{font-size:17px;margin:26px 0 10px;font-weight:650}
h3{font-size:15px;margin:0;font-weight:650}
.soft,.note{color:var(--soft);font-weight:400;font-size:13px}
.note{margin:4px 0 0}
#status{margin:0;font-weight:650}
#status::before{content:"";display:inline-block;width:9px;height:9px;margin-right:7px;border-radius:50%;background:currentColor}
#status.live{color:var(--good)}#status.paused{color:var(--warn)}#status.broken{color:var(--bad)}
fieldset{border:0;margin:0;padding:0;display:flex;gap:4px 12px;align-items:center}
legend{float:left;padding:0 8px 0 0;color:var(--soft)}
button,input[type=password]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:6px;padding:5px 14px}
button{cursor:pointer}button[aria-pressed=true]{background:var(--warn-ground);border-color:var(--warn)}
:focus-visible{outline:3px solid var(--c0);outline-offset:2px}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:12px 14px;min-width:0}
#figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:14px}
.figures{display:flex;flex-wrap:wrap;gap:6px 34px;margin:4px 0 0}
.figures dt{color:var(--soft);font-size:13px}
.figure{margin:0;font-size:28px;line-height:1.2;font-weight:650;white-space:nowrap}
#alarms{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,380px),1fr));gap:6px 14px;align-items:start;margin-top:8px}
.alarm{border:1px solid var(--edge);border-left:4px solid var(--due);border-radius:6px;padding:5px 10px;background:var(--card)}
.alarm summary{cursor:pointer}.alarm p{margin:6px 0 0}.alarm ol{margin:6px 0 4px;padding-left:22px}
.badge{display:inline-block;font-size:12px;font-weight:700;padding:1px 7px;border-radius:4px;color:var(--soft)}
.alarm.ok{border-left-color:var(--good)}.alarm.ok .badge{color:var(--good);background:var(--good-ground)}
.alarm.on{background:var(--bad-ground);border-color:var(--bad)}.alarm.on .badge{color:var(--card);background:var(--bad)}
#charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,470px),1fr));gap:14px}
.plot{margin-top:6px;height:190px;overflow:hidden;border-radius:4px}
.u-cursor-x{border-color:var(--soft)!important}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:6px 0 0;padding:0;font-size:13px}
.swatch{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:3px;vertical-align:-1px}
${Array.from({ length: 8 }, (_, i) => `.c${i}{background:var(--c${i})}`).join('')}
.tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:14px}
.scroll{overflow:auto;max-height:340px}
table{border-collapse:collapse;width:100%;font-size:14px;margin-top:6px}
th{text-align:left;font-weight:400;color:var(--soft);font-size:13px;position:sticky;top:0;background:var(--card)}
th,td{padding:4px 14px 4px 0;white-space:nowrap}
tbody tr+tr>*{border-top:1px solid var(--grid)}
footer{padding-top:22px;padding-bottom:28px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
#sign-in{max-width:430px;margin:14vh auto;padding:24px}
#sign-in p{margin:12px 0}#sign-in input{width:100%;margin-top:4px}#refused{color:var(--bad);min-height:1.4em}
`;
