/** Base style of all pages. Okabe and Ito's palette suits any colour blindness (https://jfly.uni-koeln.de/color/). */
export const THEME = `
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#17212b;--soft:#566472;--edge:#dde3e9;--grid:#e8ecf0;
--good:#0a6b4d;--good-ground:#e4f4ed;--bad:#b0231a;--bad-ground:#fcebe9;--warn:#7d4e00;--warn-ground:#fdf1da;
--ack:#0072b2;--decision:#009e73;--errors:#d55e00;--due:#8b97a3;--a:#0072b2;--b:#d55e00;
--h0:#eef1f4;--h1:#d3e5f2;--h2:#a9cde6;--h3:#74aed6;--h4:#3f8cc0;--h5:#1a669e;--h6:#0a3d66}
@media(prefers-color-scheme:dark){:root{--ground:#0f1419;--card:#171e25;--ink:#e7ecf1;--soft:#9dabb8;--edge:#2a343e;--grid:#242d36;
--good:#5fd3a5;--good-ground:#12302a;--bad:#ff8f85;--bad-ground:#3a1c1c;--warn:#f2c063;--warn-ground:#362a12;
--ack:#56b4e9;--decision:#35c9a0;--errors:#f28a3c;--due:#7f8c98;--a:#56b4e9;--b:#f28a3c;
--h0:#222b34;--h1:#17395a;--h2:#1d5480;--h3:#2f78ab;--h4:#4f9fd0;--h5:#86c6ea;--h6:#d4effd}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
`;
