export interface Welcome {
  gatewayUrl: string;
  opsUrl: string;
  /** Back office console; undefined without a back office. */
  consoleUrl: string | undefined;
  /** Admin API; undefined without a back office. */
  adminUrl: string | undefined;
  keysFile: string;
  siteFile: string;
  logsFolder: string;
  /** Command that lists who is inside; empty if the site has no building. */
  musterCurl: string[];
  /** Command that posts a swipe; empty if no card of the site is granted at all times. */
  curl: string[];
}

/** Addresses, files and example commands, printed once everything runs. */
export function welcomeLines({
  gatewayUrl,
  opsUrl,
  consoleUrl,
  adminUrl,
  keysFile,
  siteFile,
  logsFolder,
  musterCurl,
  curl,
}: Welcome): string[] {
  return [
    '',
    `  gateway   ${gatewayUrl}`,
    `  API docs  ${gatewayUrl}/docs`,
    `  ops page  ${opsUrl}  (live throughput, latencies and alarms)`,
    ...(consoleUrl === undefined ? [] : [`  console   ${consoleUrl}  (people, cards, doors; sign in as any user)`]),
    ...(adminUrl === undefined ? [] : [`  admin API ${adminUrl}  (docs/back-office.md)`]),
    `  keys      ${keysFile}  (API keys of the readers and an operator, users' tokens)`,
    `  site      ${siteFile}  (readers, people, cards)`,
    `  logs      ${logsFolder}/`,
    '',
    ...(musterCurl.length === 0 ? [] : ['List who is inside, with the operator key:', '', ...musterCurl, '']),
    ...(curl.length === 0 ? [] : ['Post a swipe and see its decision:', '', ...curl, '']),
  ];
}
