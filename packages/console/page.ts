/**
 * The console's only page; its script fills it. Addresses are relative, so that it can be hosted at the root of a site or in a
 * folder of one.
 */
export const CONSOLE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Swipegate console</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="console.css">
<script type="module" src="console.js"></script>
</head>
<body>
<button id="skip" type="button" class="skip">Skip to the content</button>
<header>
<p class="brand">Swipegate <span>console</span></p>
<nav id="pages" aria-label="Pages"></nav>
<div id="account"></div>
</header>
<main id="main" tabindex="-1">
<noscript><p class="card">This page needs JavaScript. What it shows is the admin API’s.</p></noscript>
</main>
<p id="live" class="unseen" role="status"></p>
</body>
</html>
`;
