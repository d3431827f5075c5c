import { createHash } from 'node:crypto';
import { html, Markup } from '@swipegate/page/markup';
import { THEME } from '@swipegate/page/theme';
import type { LocalUser } from './users.js';

const STYLE = `${THEME}
main{max-width:460px;margin:12vh auto;padding:24px;background:var(--card);border:1px solid var(--edge);border-radius:10px}
h1{font-size:21px;margin:0 0 4px;font-weight:650}
p{margin:0 0 14px;color:var(--soft)}
ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}
button{display:block;width:100%;text-align:left;font:inherit;color:inherit;background:var(--ground);cursor:pointer;
border:1px solid var(--edge);border-radius:6px;padding:9px 14px}
button:hover{border-color:var(--ack)}
:focus-visible{outline:3px solid var(--ack);outline-offset:2px}
.groups{color:var(--soft);font-size:13px;display:block}
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Page with the Content-Security-Policy to send with it (https://www.w3.org/TR/CSP3/). It runs no scripts. */
export interface Page {
  html: string;
  contentSecurityPolicy: string;
}

/** `formToken` is unique to this page and browser. `redirectUri`: browsers apply `form-action` to redirects too. */
export function signInPage(users: readonly LocalUser[], formToken: string, redirectUri: string): Page {
  const choices = users.map(
    ({ username, name, groups }) => html`
<li><button name="username" value="${username}">${name} <span class="groups">${groups.join(', ')}</span></button></li>`,
  );
  return page(
    'Sign in',
    html`<h1>Sign in to Swipegate</h1>
<p id="what">The sign-in of this machine has no passwords. Choose a user:</p>
<form method="post" action="/login" aria-describedby="what">
<input type="hidden" name="form_token" value="${formToken}">
<ul>${choices}
</ul>
</form>`,
    `'self' ${new URL(redirectUri).origin}`,
  );
}

/** Page for errors that cannot be reported by a redirect to the client. */
export function errorPage(title: string, explanation: string): Page {
  return page(title, html`<h1>${title}</h1><p role="alert">${explanation}</p>`, "'none'");
}

function page(title: string, body: Markup, formAction: string): Page {
  const contentSecurityPolicy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: Swipegate</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return { html: document.text, contentSecurityPolicy };
}
