import { PAGE_DEFINITION } from './definition.js';

/** Allows only the page's own files, no requests to other origins and no framing (https://www.w3.org/TR/CSP3/). */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

// Escaped: `</script>` in a text would end the element.
const DEFINITION = JSON.stringify(PAGE_DEFINITION).replaceAll('<', '\\u003c');

/** Ops page, filled by its script. */
export const OPS_PAGE = html(
  'Swipegate ops',
  'main.js',
  `<header>
<h1>Swipegate ops</h1>
<p id="status" role="status">Connecting</p>
<span id="clock" class="soft">–</span>
<fieldset><legend>Last</legend>
<label><input type="radio" name="range" value="1"> 1 min</label>
<label><input type="radio" name="range" value="5" checked> 5 min</label>
<label><input type="radio" name="range" value="15"> 15 min</label>
</fieldset>
<button id="pause" type="button" aria-pressed="false">Pause</button>
</header>
<main>
<noscript><p class="card">This page needs JavaScript. The gateway’s /metrics has the same figures as text.</p></noscript>
<div id="figures"></div>
<h2>Alarms</h2>
<p id="alarm-summary" class="note" role="status"></p>
<div id="alarms"></div>
<h2>Over time</h2>
<div id="charts"></div>
<h2>Denials and readers</h2>
<div class="tables">
<section class="card"><h3>Latest denials</h3><p id="denials-note" class="note"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Latest denials"><table><thead><tr>
<th scope="col">time</th><th scope="col">reason</th><th scope="col">reader</th><th scope="col">card</th><th scope="col">employee</th>
</tr></thead><tbody id="denials"></tbody></table></div></section>
<section class="card"><h3>Silent readers</h3><p id="silent-readers-note" class="note"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Silent readers"><table><thead><tr>
<th scope="col">reader</th><th scope="col">door</th><th scope="col">building</th><th scope="col">last heard</th>
</tr></thead><tbody id="silent-readers"></tbody></table></div></section>
</div>
</main>
<footer class="note">To read a chart by keyboard: Tab to it, move with the arrow keys, Home and End (Shift for larger steps), leave
with Escape. Rates and percentiles cover the last 5 seconds. The page keeps 15 minutes.</footer>
<script type="application/json" id="definition">${DEFINITION}</script>`,
);

/** Sign-in page, served to unauthorized requests. */
export const SIGN_IN_PAGE = html(
  'Sign in: Swipegate ops',
  'sign-in.js',
  `<main><form id="sign-in" class="card">
<h1>Swipegate ops</h1>
<p><label for="key">Operator’s key</label><input id="key" type="password" autocomplete="current-password" required autofocus></p>
<p id="refused" role="alert"></p>
<button>Sign in</button>
</form></main>`,
);

function html(title: string, script: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/ops/style.css">
<script type="module" src="/ops/${script}"></script>
</head>
<body>
${body}
</body>
</html>
`;
}
