import { consoleHeaders } from '@swipegate/console/security-headers';
import type { Settings } from '../constructs/settings.js';

/** Content and settings of the console, for either kind of hosting. */
export interface HostedConsole {
  settings: Settings;
  domain: string;
  bundle: string;
  /** Contents of config.json, served beside the page. */
  config: { apiUrl: string; issuer: string; clientId: string };
  /** Headers of every response. */
  headers: Readonly<Record<string, string>>;
}

/** Addresses that the console's page sends requests to. They may contain CloudFormation tokens. */
export interface ConsolePeers {
  /** Without a trailing slash. */
  apiUrl: string;
  issuer: string;
  /** Origins of the hosted UI and of S3, without a trailing slash. */
  others: readonly string[];
}

/**
 * Headers of the console's files, the same that the local server sends. The addresses are unknown before the
 * deployment, so the headers are built with stand-in URLs, which are then replaced. The issuer is reduced to its
 * origin.
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
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      let filled = value;
      for (const [url, actual] of standIns) filled = filled.replace(url, () => actual);
      return [name, filled];
    }),
  );
}

/** Splits text instead of parsing a URL: the address may contain CloudFormation tokens. */
function originOf(url: string): string {
  return url.split('/').slice(0, 3).join('/');
}
