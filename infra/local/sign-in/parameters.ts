import { OAuthError } from './oauth-error.js';

/** Parameters of a query or a form. Each occurs once; empty ones are omitted (RFC 6749, section 3.1). */
export type Parameters = ReadonlyMap<string, string>;

/** @throws {OAuthError} `invalid_request` for a duplicate parameter: two parsers could each use a different one */
export function parametersOf(pairs: URLSearchParams): Parameters {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (seen.has(name)) throw new OAuthError('invalid_request', 'A parameter occurs more than once.');
    seen.add(name);
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

/** Returns a required parameter. @throws {OAuthError} `invalid_request` when it is missing */
export function need(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing.`);
  return value;
}
