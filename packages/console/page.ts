/** The console's only page, filled by its script. URLs are relative, so it works at a site's root or in a folder. */
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
<div id="account"></div>
<nav id="pages" aria-label="Pages"></nav>
</header>
<p id="lockdown" class="alert" role="alert" hidden></p>
<main id="main" tabindex="-1">
<noscript><p class="card">This page needs JavaScript. The same data is available from the admin API.</p></noscript>
</main>
<p id="live" class="unseen" role="status"></p>
</body>
</html>
`;
