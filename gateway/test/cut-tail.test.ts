// Own process: takes long.
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { decisionRow, TABLES } from '@swipegate/contract';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { startChild } from '@swipegate/infra/local/processes/child';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t, { type Test } from 'tap';
import { addKey } from './keys.js';
import { decisionFor, json, swipe } from './test-app.js';

/** Proxy for Kinesis. While the tail is cut, GetRecords fails or hangs; all other calls pass. */
async function startReadProxy(t: Test, { kinesisEndpoint }: ProvisionedCloud) {
  const state: { cut: 'fails' | 'hangs' | undefined } = { cut: undefined };
  const held = new Set<ServerResponse>();
  const server = createServer((incoming, response) => {
    if (state.cut !== undefined && String(incoming.headers['x-amz-target']).endsWith('.GetRecords')) {
      incoming.resume();
      if (state.cut === 'hangs') held.add(response);
      else response.writeHead(500).end(JSON.stringify({ __type: 'InternalFailure' }));
      return;
    }
    const outgoing = request(
      kinesisEndpoint,
      { method: incoming.method ?? 'POST', headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const response of held) response.destroy();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { state, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
await addKey(cloud);
const documents = DynamoDBDocumentClient.from(cloud.clients.dynamodb);

for (const workers of ['1', '2']) {
  t.test(`Prefer: wait while the tail is cut: the table answers (GATEWAY_WORKERS=${workers})`, async (t) => {
    const proxy = await startReadProxy(t, cloud);
    const gateway = await startChild({
      name: 'gateway',
      module: new URL('../main.js', import.meta.url),
      env: {
        ...cloud.env,
        AWS_ENDPOINT_URL_KINESIS: proxy.url,
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'silent',
        DECISIONS_POLL_MS: '500',
        GATEWAY_WORKERS: workers,
      },
    });
    t.teardown(() => gateway.kill());
    /** Posts a swipe whose decision is already in the table but not on the stream. */
    const post = async (waitSeconds: number) => {
      const posted = swipe();
      const decision = decisionFor(posted);
      const Item = decisionRow(decision, 4_000_000_000);
      await documents.send(new PutCommand({ TableName: TABLES.decisions, Item }));
      const answer = await fetch(`${gateway.ready['url']}/v1/swipes`, {
        method: 'POST',
        headers: { ...json, prefer: `wait=${waitSeconds}` },
        body: JSON.stringify(posted),
      });
      return { status: answer.status, body: await answer.json(), decision };
    };
    t.equal((await post(1)).status, 202, 'while the tail keeps up, the table is not read');
    for (const cut of ['fails', 'hangs'] as const) {
      proxy.state.cut = cut;
      const { status, body, decision } = await post(30);
      t.equal(status, 200, `the tail ${cut}`);
      t.same(body, decision);
    }
  });
}
