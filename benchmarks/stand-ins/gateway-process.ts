import { type Child, startChild } from '@swipegate/infra/local/processes/child';
import type { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { type ReaderKey, readerKeys } from '../load/swipe-bodies.js';
import { type ProcessUsage, UsageReader, usageEnv } from '../measure/process-usage.js';
import type { SinkCounts, SinkOptions } from './kinesis-sink.js';

/** The gateway as in production, in front of a sink; each is its own process. */
export interface GatewayProcess {
  url: string;
  keys: ReaderKey[];
  usage(): Promise<ProcessUsage>;
  /** Counts of the sink. */
  stored(): Promise<SinkCounts>;
  /** Changes the sink's limits and faults. */
  changeSink(options: Partial<SinkOptions>): void;
  /** A value from the gateway's /metrics. */
  metric(name: string): Promise<number>;
}

export async function startGatewayProcess(
  roster: ChildRoster,
  sinkOptions: Partial<SinkOptions>,
  env: Record<string, string> = {},
): Promise<GatewayProcess> {
  const keys = readerKeys();
  const sink = await startSink(roster, { ...sinkOptions, apiKeys: keys.map(({ row }) => row) });
  const endpoint = String(sink.child.ready['endpoint']);
  const usage = new UsageReader();
  const gateway = await startChild({
    name: 'gateway',
    module: new URL(import.meta.resolve('@swipegate/gateway/main')),
    nodeOptions: gatewayNodeOptions,
    onMessage: usage.onMessage,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_KINESIS: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_SECOND: '1000000',
      API_KEY_CACHE_MS: '3600000',
      // Stop quickly when the benchmark is interrupted: unsent swipes do not matter.
      SHUTDOWN_TIMEOUT_MS: '1000',
      ...usageEnv(),
      ...env,
    },
  });
  roster.add(gateway);
  const url = String(gateway.ready['url']);
  return {
    url,
    keys,
    usage: () => usage.read(gateway),
    stored: sink.counts,
    changeSink: (options) => sink.child.send({ type: 'change', options }),
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
  };
}

async function startSink(
  roster: ChildRoster,
  options: Partial<SinkOptions>,
): Promise<{ child: Child; counts(): Promise<SinkCounts> }> {
  let answer: (counts: SinkCounts) => void = () => undefined;
  const child = await startChild({
    name: 'sink',
    module: new URL('./kinesis-sink-main.js', import.meta.url),
    args: [JSON.stringify(options)],
    onMessage(message) {
      if (isCounts(message)) answer(message.counts);
    },
  });
  roster.add(child);
  return {
    child,
    counts() {
      const answered = new Promise<SinkCounts>((resolve) => {
        answer = resolve;
      });
      child.send({ type: 'counts' });
      return answered;
    },
  };
}

function isCounts(message: unknown): message is { counts: SinkCounts } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'counts';
}
