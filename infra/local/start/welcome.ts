export interface Welcome {
  gatewayUrl: string;
  opsUrl: string;
  /** Of the back office's page and API; undefined where there is none. */
  consoleUrl: string | undefined;
  adminUrl: string | undefined;
  keysFile: string;
  siteFile: string;
  logsFolder: string;
  /** A command that asks who is inside; empty where the site has no building. */
  musterCurl: string[];
  /** A command that posts a swipe; empty where the site has no card to show. */
  curl: string[];
}

/** What a newcomer needs to know, once everything runs. */
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
    `  ops page  ${opsUrl}  (throughput, latencies, alarms, live)`,
    ...(consoleUrl === undefined ? [] : [`  console   ${consoleUrl}  (people, cards, doors; sign in as anybody)`]),
    ...(adminUrl === undefined ? [] : [`  admin API ${adminUrl}  (docs/back-office.md)`]),
    `  keys      ${keysFile}  (keys of readers and an operator, users' tokens)`,
    `  site      ${siteFile}  (readers, people, cards)`,
    `  logs      ${logsFolder}/`,
    '',
    ...(musterCurl.length === 0 ? [] : ['Ask, as an operator, who is inside:', '', ...musterCurl, '']),
    ...(curl.length === 0 ? [] : ['Post a swipe of your own and see its decision:', '', ...curl, '']),
  ];
}
