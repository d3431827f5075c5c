import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { signalWithin } from '@swipegate/aws/signal-within';
import { compile, jsonIn } from '@swipegate/contract';
import Type from 'typebox';
import { Fault } from './check-run.js';

/** Composite alarms of the dashboard stack, each with a topic that tells somebody. */
const COMPOSITE = ['page', 'ticket'];
const FIRST_MOMENT_MS = 5_000;

/** Checks that the stage's alarms exist and tell somebody. @returns how many there are, and those that are on */
export async function checkCloudWatch(cloudwatch: CloudWatchClient, stage: string): Promise<string> {
  const prefix = `swipegate-${stage}-`;
  const states = new Map<string, string>();
  const told = new Set<string>();
  const pages = paginateDescribeAlarms(
    { client: cloudwatch },
    { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    for (const { AlarmName = '', StateValue = '' } of MetricAlarms)
      states.set(AlarmName.slice(prefix.length), StateValue);
    for (const { AlarmName = '', ActionsEnabled, AlarmActions = [] } of CompositeAlarms) {
      if (ActionsEnabled !== false && AlarmActions.length > 0) told.add(AlarmName.slice(prefix.length));
    }
  }
  const lacking = COMPOSITE.filter((name) => !told.has(name));
  if (states.size === 0) throw new Fault(`There is no alarm whose name begins with ${prefix}.`);
  if (lacking.length > 0) {
    throw new Fault(
      `The alarms reach nobody: ${lacking.map((name) => prefix + name).join(' and ')} lack an action, or are missing.`,
    );
  }
  return summaryOf(states.size, namesIn(states, 'ALARM'));
}

const isMoment = compile(Type.Object({ alarms: Type.Array(Type.Object({ id: Type.String(), state: Type.String() })) }));

/** Checks that the local ops page watches its alarms. @param url address of the page */
export async function checkOpsPage(url: string, signal: AbortSignal): Promise<string> {
  const within = signalWithin(FIRST_MOMENT_MS, signal);
  const answer = await fetch(`${url.replace(/\/ops$/, '')}/ops/stream`, { signal: within }).catch(() => undefined);
  if (answer?.ok !== true || answer.body === null) throw new Fault(`The ops page ${url} does not answer.`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    const [event, rest] = text.split('\n\n');
    if (rest === undefined) continue;
    const moment: unknown = jsonIn(Buffer.from((event ?? '').replace(/^data: /, '')));
    if (!isMoment(moment)) break;
    const states = new Map(moment.alarms.map(({ id, state }) => [id, state]));
    const elsewhere = namesIn(states, 'elsewhere').length;
    return summaryOf(states.size - elsewhere, namesIn(states, 'alarm'));
  }
  throw new Fault(`The ops page ${url} sent no alarms.`);
}

function namesIn(states: ReadonlyMap<string, string>, state: string): string[] {
  return Array.from(states).flatMap(([name, each]) => (each === state ? name : []));
}

function summaryOf(count: number, on: readonly string[]): string {
  return on.length === 0
    ? `${count} alarms, none is on`
    : `${count} alarms; on: ${on.join(', ')} (docs/runbook.md#alarms)`;
}
