import { consoleHeaders } from '@swipegate/console/security-headers';
import type { Settings } from '../constructs/settings.js';

export interface HostedConsole {
  settings: Settings;
  domain: string;
  bundle: string;
  /** Contents of config.json, served beside the page. */
  config: { apiUrl: string; gatewayUrl?: string; issuer: string; clientId: string };
  headers: Readonly<Record<string, string>>;
}

/** Addresses that the page sends requests to, without a trailing slash. They may contain CloudFormation tokens. */
export interface ConsolePeers {
  apiUrl: string;
  issuer: string;
  /** Origins of the hosted UI and of S3. */
  others: readonly string[];
}

/**
 * Headers of the console's files, the same that the local server sends. The addresses are unknown before the
 * deployment: the headers are built with stand-in URLs, which are then replaced.
 */
export function deployedConsoleHeaders({ apiUrl, issuer, others }: ConsolePeers): Record<string, string> {
  const standIns = new Map<string, string>();
  const standIn = (actual: string): string => {
    const url = `https://peer-${standIns.size}.invalid`;
    standIns.set(url, actual);
    return url;
  };
  const headers = consoleHeaders({
    apiUrl: standIn(apiUrl),
    issuer: standIn(originOf(issuer)),
    others: others.map(standIn),
  });
  const filled = (value: string) => value.replace(/https:\/\/peer-\d+\.invalid/g, (url) => standIns.get(url) ?? url);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
}

/** Splits text instead of parsing a URL: the address may contain CloudFormation tokens. */
function originOf(url: string): string {
  return url.split('/').slice(0, 3).join('/');
}
