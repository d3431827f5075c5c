import type { Browsers } from './browsers.js';
import type { Client } from './client.js';
import type { Grants } from './grants.js';
import type { Tokens } from './tokens.js';

/** State shared by the routes. */
export interface IssuerParts {
  /** `iss`, without a trailing slash. Known once the issuer listens. */
  issuer(): string;
  client: Client;
  tokens: Tokens;
  grants: Grants;
  browsers: Browsers;
  /** ms since the epoch. */
  now(): number;
}
