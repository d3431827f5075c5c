/** URLs of the APIs and identity of the sign-in service, from config.json next to the page. */
export interface Config {
  apiUrl: string;
  /** URL of the gateway, for pages that show swipes as they are decided. Undefined: there are none. */
  gatewayUrl: string | undefined;
  issuer: string;
  clientId: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_UNREADABLE';
}

/** @throws {ConfigError} */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch('config.json', { cache: 'no-cache' }).catch(() => undefined);
  if (answer?.ok !== true) throw new ConfigError('config.json cannot be read. Put it in the same folder as this page.');
  const config: unknown = await answer.json().catch(() => undefined);
  const [apiUrl, issuer, clientId] = ['apiUrl', 'issuer', 'clientId'].map((name) => textMember(config, name));
  if (!apiUrl || !issuer || !clientId) {
    throw new ConfigError('config.json must have apiUrl, issuer and clientId, each a non-empty string.');
  }
  const [api, gatewayUrl] = [apiUrl, textMember(config, 'gatewayUrl')].map((url) => url?.replace(/\/+$/, ''));
  return { apiUrl: api ?? apiUrl, gatewayUrl, issuer, clientId };
}

/** Returns a member if `value` is an object and the member is a string. */
export function textMember(value: unknown, name: string): string | undefined {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof member === 'string' ? member : undefined;
}
