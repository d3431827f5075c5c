/** The console's style sheet, in the look of the ops page. Buttons and fields are 40 px high, for touch. */
export const CONSOLE_STYLE = `
:root{--accent:#00609a;--on-accent:#fff}
@media(prefers-color-scheme:dark){:root{--accent:#56b4e9;--on-accent:#0b1a26}}
body{min-height:100vh}
body>header,main{max-width:1240px;margin:0 auto;padding:0 20px}
body>header{display:flex;flex-wrap:wrap;align-items:center;gap:6px 16px;padding-top:12px;padding-bottom:12px}
.brand{margin:0 auto 0 0;font-size:19px;font-weight:650}.brand span{font-weight:400;color:var(--soft)}
nav{flex-basis:100%}nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px;margin:0;padding:0}
nav a{display:block;padding:8px 9px;border-radius:6px;color:inherit;text-decoration:none}
nav a:hover{background:var(--card)}
nav a[aria-current]{background:var(--card);font-weight:650;box-shadow:inset 0 -3px var(--accent)}
#account{display:flex;flex-wrap:wrap;align-items:center;gap:6px 14px}#account .soft{display:block;font-size:14px;line-height:1.2}
main{padding-bottom:60px}main:focus,h1:focus,h2:focus{outline:none}
h1{font-size:26px;line-height:1.25;margin:18px 0 14px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:18px;margin:30px 0 10px;font-weight:650}
h3{font-size:16px;margin:0 0 4px;font-weight:650}
p{margin:8px 0}
a{color:var(--accent)}
.soft,.note{color:var(--soft);font-weight:400}.note{font-size:14px;margin:4px 0}
button,.button,input,select,textarea{font:inherit;color:inherit;background:var(--card);border:1px solid var(--due);border-radius:6px;padding:7px 14px;min-height:40px}
input,select,textarea{padding:7px 10px;max-width:100%}
button,.button{cursor:pointer;text-decoration:none;display:inline-flex;align-items:center;justify-content:center}
button:hover,.button:hover{border-color:var(--ink)}
button[aria-disabled=true]{opacity:.6;cursor:progress}
.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:650}
.danger{color:var(--bad);border-color:var(--bad)}.danger:hover{background:var(--bad-ground)}
.quiet{border-color:transparent;background:none;color:var(--accent)}td .quiet{min-height:26px;padding:0 8px;margin:-1px 0}
.buttons{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:fixed;left:12px;top:8px;z-index:2;transform:translateY(-200%)}.skip:focus{transform:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
[hidden]{display:none!important}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:14px 16px;min-width:0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:14px}
.bar{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:end;margin:10px 0}
.csv{display:flex;flex-wrap:wrap;gap:6px;align-items:center}.bar .csv label{display:inline}
.bar h2{margin:20px auto 0 0}.bar label{display:block}.bar .field{margin:0}
search{flex:1 1 260px;max-width:460px}search input{width:100%}
.facts{display:flex;flex-wrap:wrap;gap:8px 40px;margin:8px 0 14px}.facts dt{color:var(--soft);font-size:14px}.facts dd{margin:0}
.badge{display:inline-block;font-size:13px;font-weight:650;padding:1px 8px;border-radius:4px;color:var(--soft);background:var(--ground);border:1px solid var(--edge);white-space:nowrap}
.badge.good{color:var(--good);background:var(--good-ground);border-color:transparent}
.badge.warn{color:var(--warn);background:var(--warn-ground);border-color:transparent}
.badge.bad{color:var(--bad);background:var(--bad-ground);border-color:transparent}
.plain{list-style:none;margin:8px 0;padding:0;display:grid;gap:8px}
.card-line{display:block;white-space:nowrap}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:2px 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:8px 12px;font-weight:400}td{white-space:nowrap}
thead th{color:var(--soft);font-size:14px;white-space:nowrap}
tbody tr>*{border-top:1px solid var(--grid)}
tbody th{min-width:150px}tbody th a{font-weight:650}
tbody tr.stands-out>*{background:var(--bad-ground)}.live td:last-child{white-space:normal;min-width:20ch}
.wrap{display:inline-block;max-width:46ch;min-width:12ch;white-space:normal;overflow-wrap:anywhere}
time{white-space:nowrap}
.figure{font-size:34px;line-height:1.2;font-weight:650;margin:14px 0 0}
.alert{color:var(--bad);background:var(--bad-ground);border-radius:8px;padding:10px 14px;margin:10px 0}.alert p{margin:0 0 8px}.alert p:last-child{margin:0}
.caution{color:var(--warn);background:var(--warn-ground);border-radius:8px;padding:8px 12px;margin:6px 0}.caution:empty{display:none}
.field{margin:12px 0;min-width:0}.field>label,legend{display:block;font-weight:650;margin-bottom:3px;padding:0}
fieldset{border:0;padding:0}
.check{display:flex;gap:8px;align-items:center}.check>input{min-height:0;width:18px;height:18px;margin:0;accent-color:var(--accent)}.check>label,.check.field>label{font-weight:400;margin:0}
.checks{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:6px 14px}
.check{flex-wrap:wrap;gap:0 8px}td .row-actions{flex-wrap:nowrap}td[colspan]{white-space:normal}.check>label{flex:1 1 0;min-width:min(160px,70%)}.check>.note{flex-basis:100%;margin:0 0 0 26px}
.column{display:grid;gap:10px}.group{margin:0 0 8px}.group>legend{font-weight:400;color:var(--soft)}fieldset.field{margin-inline:0}
.tree{list-style:none;margin:4px 0 0;padding:0 0 0 14px;border-left:2px solid var(--edge)}.tree:empty{display:none}.tree>li{padding:4px 0}
.building>.tree{border-left:0;padding-left:0}.building .soft,.building .badge{font-size:14px}
.line{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}.line h3{margin:0}.line .row-actions{margin-left:auto}
.row-actions{display:inline-flex;flex-wrap:wrap;gap:0 4px}.line .quiet{min-height:30px;padding:0 8px}
.door{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline}.door .name{min-width:150px}.reader{overflow-wrap:anywhere}
.first-steps{border-left:4px solid var(--accent);margin-bottom:8px}.first-steps h2{margin:0}.first-steps ol{margin:8px 0 0;padding-left:24px}.first-steps li{margin:5px 0}
.first-steps .done{color:var(--good)}.first-steps .done::marker{content:"✓ "}.first-steps :is(button,.button){margin:6px 0 2px;display:flex;width:fit-content;border-color:var(--accent)}
.words{font-size:17px;font-weight:650;position:sticky;top:-19px;background:var(--card);padding:8px 0;margin:0;z-index:1}
dialog.wide{width:min(1080px,calc(100vw - 24px))}dialog.wide .field:not(fieldset){max-width:520px}
.week{display:grid;grid-template-columns:max-content repeat(48,minmax(0,1fr));gap:2px 0;user-select:none;-webkit-user-select:none;font-size:13px;margin:10px 0}
.week>div{display:contents}.week [role=rowheader]{padding-right:8px;align-self:center}
.week .hour{grid-column:span 2;color:var(--soft)}
.week [role=gridcell]{height:26px;background:var(--ground);border:1px solid var(--edge);border-width:1px 0 1px 1px;cursor:pointer;touch-action:none;forced-color-adjust:none}
.week [role=gridcell]:nth-child(odd){border-left-color:transparent}.week [role=gridcell]:last-child{border-right-width:1px}
.week .open,.key .open::before{background:var(--accent)}
.week .night,.key .night::before{background:color-mix(in srgb,var(--accent) 50%,var(--card))}
.week .partly,.key .partly::before{background:repeating-linear-gradient(135deg,var(--accent) 0 3px,var(--card) 3px 6px)}
.week :focus-visible{outline-offset:-2px;outline-color:var(--ink);z-index:1}
.key{display:flex;flex-wrap:wrap;gap:4px 18px}.key span::before{content:"";display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:6px;vertical-align:-2px;border:1px solid var(--edge)}
.hours-line{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin:0 0 6px}.days{display:inline-flex;gap:3px}
.days input{position:absolute;opacity:0;width:1px!important;height:1px;min-height:0;margin:0}
.days label{min-width:32px;text-align:center;padding:5px 4px;border:1px solid var(--edge);border-radius:5px;color:var(--soft);cursor:pointer}
.days :checked+label{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:650}.days :focus-visible+label{outline:3px solid var(--accent);outline-offset:2px}
.times{white-space:nowrap}.times input[type=text]{width:5.2em!important;min-height:34px;padding:3px 8px}.times .soft{margin-left:8px}
.chips{list-style:none;display:flex;flex-wrap:wrap;gap:6px;margin:6px 0;padding:0;max-height:180px;overflow-y:auto}
.chips li{display:flex;align-items:center;border:1px solid var(--edge);border-radius:16px;padding-left:12px;font-size:14px}.chips .quiet{min-height:30px;padding:0 10px}
.add{display:flex;gap:8px}.add input{width:auto!important}
.wrong{color:var(--bad);margin:3px 0 0;font-size:14px}.wrong:empty{display:none}
[aria-invalid=true]{border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
form:not(.bar) :is(input:not([type=checkbox],[type=radio]),select,textarea){width:100%}
main form:not(.bar){max-width:640px}input[type=file]::file-selector-button{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--due);border-radius:4px;margin-right:10px}
.code{font:14px/1.5 ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace;white-space:pre;overflow-x:auto}
dialog{color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:18px 22px;width:min(560px,calc(100vw - 24px));max-height:calc(100vh - 24px);overflow-y:auto}
dialog h2{margin:0 0 6px;overflow-wrap:anywhere}dialog::backdrop{background:#000a}
.secret{display:flex;flex-wrap:wrap;gap:10px;align-items:center}.secret code{overflow-wrap:anywhere;padding:8px 10px;border-radius:6px;background:var(--ground);user-select:all}
.tracker{display:grid;gap:10px}.tracker:not(:empty){margin:12px 0}
.change{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:center;border-left:4px solid var(--due)}
.change[data-state=applied]{border-left-color:var(--good)}.change[data-state=rejected]{border-left-color:var(--bad)}
.change h3{flex-basis:100%;overflow-wrap:anywhere;margin:0}.change p{margin:0;flex:1 1 300px}
.steps{list-style:none;display:flex;flex-wrap:wrap;gap:4px 8px;margin:0;padding:0}
.steps li{padding:2px 10px;border-radius:20px;border:1px solid var(--edge);color:var(--soft)}
.steps li::before{content:"○";margin-right:6px}.steps .done::before{content:"✓"}.steps .bad::before{content:"✕"}
.steps .done{color:var(--good);background:var(--good-ground);border-color:transparent}
.steps .bad{color:var(--bad);background:var(--bad-ground);border-color:transparent}
.sign-in{max-width:460px;margin:12vh auto 0;padding:26px}.sign-in h1{margin-top:0}
#main[aria-busy=true]::before{content:"";position:fixed;left:0;top:0;width:100%;height:3px;z-index:3;background:linear-gradient(90deg,transparent,var(--accent),transparent);opacity:0;animation:appear 0s .4s forwards}
@keyframes appear{to{opacity:1}}@keyframes pass{from{background-position:-100vw 0}to{background-position:100vw 0}}
@media(prefers-reduced-motion:no-preference){#main[aria-busy=true]::before{animation:appear 0s .4s forwards,pass 1.2s linear infinite}.skip,.steps li{transition:transform .15s,background-color .3s}}
.ticks{display:flex;flex-direction:column;gap:6px}.ticks button{min-width:96px;min-height:48px}progress{width:100%;max-width:460px;height:14px;accent-color:var(--accent)}
@media(max-width:560px){.week{grid-auto-flow:column;grid-template-columns:max-content repeat(7,minmax(0,1fr));grid-template-rows:max-content repeat(48,14px);gap:0 3px}
.week .hour{grid-column:auto;grid-row:span 2;padding-right:6px;line-height:1}.week [role=rowheader]{padding:0;justify-self:center}
.week [role=gridcell]{height:auto;border-width:1px 1px 0}.week [role=gridcell]:nth-child(odd){border-left-color:var(--edge);border-top-color:transparent}.week [role=gridcell]:last-child{border-bottom-width:1px}
.line .row-actions{margin:0 -8px;flex-basis:100%}.door .name{flex-basis:100%}
body>header,main{padding-left:14px;padding-right:14px}th,td{padding:8px 12px}.bar>*{flex:1 1 140px}.bar .button,.bar button{text-align:center}}
@media print{nav,#account,.bar,.buttons,.quiet,.skip,main button{display:none!important}
body>header,main{max-width:none;padding:0}.scroll{overflow:visible;border:0;padding:0}td{white-space:normal}thead{display:table-header-group}tr{break-inside:avoid}a{color:inherit;text-decoration:none}}
`;
