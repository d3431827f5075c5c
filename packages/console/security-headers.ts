/** Where the console's page sends requests to, besides its own origin; each an origin or an address within one. */
export interface ConsolePeers {
  apiUrl: string;
  issuer: string;
  /** Where files are uploaded to, and the hosted UI's domain, where it is another than the issuer's: as Cognito's is. */
  others?: readonly string[];
}

/**
 * Headers of each answer with a file of the console. Nothing but the page's own files runs or is shown, it asks nobody but
 * its peers, sends no form, and no other page frames it (https://www.w3.org/TR/CSP3/). Scripts cannot make HTML of texts
 * (https://www.w3.org/TR/trusted-types/).
 *
 * @throws TypeError for a peer that is no URL
 */
export function consoleHeaders({ apiUrl, issuer, others = [] }: ConsolePeers): Record<string, string> {
  const origins = new Set([apiUrl, issuer, ...others].map((url) => new URL(url).origin));
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${Array.from(origins).join(' ')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    // The address of the page has a code in it, for the moment after a sign-in.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Names of files stay the same when their content changes.
    'cache-control': 'no-cache',
  };
}
