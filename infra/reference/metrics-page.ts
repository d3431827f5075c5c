import { DECIDE_METRICS, GATEWAY_METRICS, METRICS_NAMESPACE, type OwnMetric, reasonMetric } from '@swipegate/contract';
import { LOCAL_METRICS } from '../local/metrics/local-metrics.js';

const INTRODUCTION = `# Metrics

<!-- Made by npm run docs from gateway/contract/metrics.ts and infra/local/local-metrics.ts. What is written here by hand is lost. -->

What Swipegate tells of itself. What AWS tells of its own services is on the dashboard besides: infra/dashboard/ says all of it once,
for CloudWatch and for the page at /ops of one machine. [Alarms](runbook.md#alarms) are made of them.
`;

const GATEWAY = `## Gateway

As Prometheus text at GET /metrics, and, where \`EMF_NAMESPACE\` is set, in its log in CloudWatch's embedded metric format: namespace
\`${METRICS_NAMESPACE}\`, dimension \`service\` = \`gateway\`. All processes of a gateway are added up. CloudWatch has times in
milliseconds. What has no name there is told better by AWS itself, or is not worth its price.

| Prometheus | CloudWatch | kind | unit | labels | meaning | when it is bad |
|---|---|---|---|---|---|---|
`;

const DECIDE = `
## Function decide

In its log in the embedded metric format, once an invocation: namespace \`${METRICS_NAMESPACE}\`, dimension \`service\` = \`decide\`.

| CloudWatch | meaning | when it is bad |
|---|---|---|
`;

const LOCAL = `
## One machine

What \`npm start\` has instead of AWS's services tells these, for its [ops page](../README.md) alone.

| Prometheus | meaning |
|---|---|
`;

/** docs/metrics.md, as the code is now. */
export function metricsPage(): string {
  const reasons: [string, { meaning: string; whenBad: string }] = [
    reasonMetric('CODE'),
    {
      meaning: 'Decisions with that [reason code](access-rules.md)',
      whenBad: 'One far above its usual: a schedule, a level or a reader’s mode was changed.',
    },
  ];
  return [
    INTRODUCTION,
    GATEWAY + Object.values<OwnMetric>(GATEWAY_METRICS).map(gatewayRow).join('\n'),
    DECIDE +
      [...Object.entries(DECIDE_METRICS), reasons]
        .map(([name, { meaning, whenBad }]) => row([code(name), meaning, whenBad]))
        .join('\n'),
    LOCAL +
      Object.values(LOCAL_METRICS)
        .map(({ name, help }) => row([code(name), help]))
        .join('\n'),
    '',
  ].join('\n');
}

function gatewayRow({ prometheus, cloudwatch, kind, unit, labels = {}, meaning, whenBad }: OwnMetric): string {
  const labelled = Object.entries(labels).map(([label, what]) => `${code(label)}: ${what}`);
  return row([
    code(prometheus),
    cloudwatch === undefined ? '–' : code(cloudwatch),
    kind,
    unit,
    labelled.join('; ') || '–',
    meaning,
    whenBad,
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(name: string): string {
  return `\`${name}\``;
}
