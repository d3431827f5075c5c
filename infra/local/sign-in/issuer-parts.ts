import type { Browsers } from './browsers.js';
import type { Client } from './client.js';
import type { Grants } from './grants.js';
import type { Tokens } from './tokens.js';

/** What the routes share. */
export interface IssuerParts {
  /** `iss`, without a slash at its end. Known once the issuer listens. */
  issuer(): string;
  client: Client;
  tokens: Tokens;
  grants: Grants;
  browsers: Browsers;
  /** ms since the epoch. */
  now(): number;
}
