/** URLs of services that the console's page sends requests to. Only their origins count. */
export interface ConsolePeers {
  apiUrl: string;
  issuer: string;
  /** The uploads bucket, and the hosted UI's domain if it differs from the issuer's, as it does for Cognito. */
  others?: readonly string[];
}

/**
 * Headers for every file of the console. The policy (https://www.w3.org/TR/CSP3/) allows only the page's own scripts,
 * styles and images, requests only to its peers, no form submission and no framing. Scripts cannot turn text into HTML
 * (https://www.w3.org/TR/trusted-types/).
 *
 * @throws TypeError for a peer that is not a URL
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
    // Just after a sign-in, the page's URL contains the authorization code.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // The names of most files do not change with the content.
    'cache-control': 'no-cache',
  };
}
