import { consoleHeaders } from '@swipegate/console/security-headers';

/** Where the console's page sends requests to, each as CloudFormation fills it in. */
export interface ConsolePeers {
  /** Without a slash at the end. */
  apiUrl: string;
  issuer: string;
  /** Of the hosted UI, and of S3: origins, without a slash at the end. */
  others: readonly string[];
}

/**
 * Headers of the console's files, the same that the local server sends: made of stand-ins for addresses that are not known
 * before there is a deployment. A page's addresses are narrowed to origins; the issuer's path is left out.
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

/** Also of an address of which only CloudFormation knows a part. */
function originOf(url: string): string {
  return url.split('/').slice(0, 3).join('/');
}
