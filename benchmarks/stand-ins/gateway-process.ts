import { startChild } from '@swipegate/infra/local/processes/child';
import type { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { type ReaderKey, readerKeys } from '../load/swipe-bodies.js';
import { type ProcessUsage, UsageReader, usageEnv } from '../measure/process-usage.js';
import type { SinkOptions } from './kinesis-sink.js';

/** The gateway as in production, in front of a sink; each is its own process. */
export interface GatewayProcess {
  url: string;
  /** URL of the device port; empty unless the environment opens it. */
  deviceUrl: string;
  keys: ReaderKey[];
  usage(): Promise<ProcessUsage>;
  /** A value from the gateway's /metrics. */
  metric(name: string): Promise<number>;
}

export async function startGatewayProcess(
  roster: ChildRoster,
  sinkOptions: Partial<SinkOptions>,
  env: Record<string, string> = {},
): Promise<GatewayProcess> {
  const keys = readerKeys();
  const options: Partial<SinkOptions> = { ...sinkOptions, apiKeys: keys.map(({ row }) => row) };
  const sink = await startChild({
    name: 'sink',
    module: new URL('./kinesis-sink-main.js', import.meta.url),
    args: [JSON.stringify(options)],
  });
  roster.add(sink);
  const endpoint = String(sink.ready['endpoint']);
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
      // The sink's certificate is self-signed.
      ...(options.tls && { NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
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
    deviceUrl: String(gateway.ready['deviceUrl'] ?? ''),
    keys,
    usage: () => usage.read(gateway),
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
  };
}
