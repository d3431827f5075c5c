import { once } from 'node:events';
import { createServer } from 'node:http';
import { GATEWAY_METRICS } from '@swipegate/contract';
import type { Test } from 'tap';

export const OPERATOR_KEY = 'sgk_of-an-operator';

const { swipesAccepted, decisions, requestsShed, swipeToDecision, shardBytes, readersHeard } = GATEWAY_METRICS;

export interface StubGateway {
  url: string;
  /** Number of scrapes of its metrics. */
  scrapes: number;
  /** Answers to an operator's queries. */
  denials: unknown[];
  silentReaders: unknown[];
  status: number;
  stop(): void;
}

/** Stub of the gateway for the ops page. Each scrape shows 20 more swipes and two more shed requests. */
export async function stubGateway(t: Pick<Test, 'teardown'>): Promise<StubGateway> {
  const stub: StubGateway = { url: '', scrapes: 0, denials: [], silentReaders: [], status: 200, stop };
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    if (url === '/metrics') return response.end(metricsText(++stub.scrapes));
    if (headers.authorization !== `Bearer ${OPERATOR_KEY}`) return response.writeHead(401).end();
    const items = url.startsWith('/v1/denials') ? stub.denials : stub.silentReaders;
    return response.writeHead(stub.status, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(stop);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  stub.url = `http://127.0.0.1:${address.port}`;
  return stub;

  function stop(): void {
    server.close();
    server.closeAllConnections();
  }
}

function metricsText(n: number): string {
  return [
    `${swipesAccepted.prometheus} ${n * 20}`,
    `${readersHeard.prometheus} 24`,
    `${requestsShed.prometheus} ${n * 2}`,
    `${decisions.prometheus}{outcome="granted",reason="granted"} ${n * 18}`,
    `${decisions.prometheus}{outcome="denied",reason="denied-lockout"} ${n * 2}`,
    `${swipeToDecision.prometheus}_bucket{le="0.05"} ${n * 10}`,
    `${swipeToDecision.prometheus}_bucket{le="0.1"} ${n * 20}`,
    `${swipeToDecision.prometheus}_bucket{le="+Inf"} ${n * 20}`,
    `${shardBytes.prometheus}{shard="shardId-000000000000"} ${n * 3_000}`,
    `${shardBytes.prometheus}{shard="shardId-000000000001"} ${n * 2_000}`,
  ].join('\n');
}
