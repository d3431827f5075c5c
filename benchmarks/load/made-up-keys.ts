import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { newApiKey } from '@swipegate/contract';

/** Thread: each connection sends the next request, with a new made-up key, as soon as the last one is answered. */
const url = String(workerData.url);
const connections = Number(workerData.connections);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const statuses: Record<number, number> = {};
let stopping = false;

function send(): void {
  if (stopping) return;
  const headers = { authorization: `Bearer ${newApiKey()}`, 'content-type': 'application/json', 'content-length': 2 };
  const sending = request(url, { method: 'POST', agent, headers });
  sending.once('response', (response) => {
    if (Object.keys(statuses).length === 0) parentPort?.postMessage('flooding');
    statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1;
    response.resume();
  });
  sending.once('error', () => {
    statuses[0] = (statuses[0] ?? 0) + 1;
  });
  sending.once('close', send);
  sending.end('{}');
}

for (let i = 0; i < connections; i++) send();
parentPort?.once('message', () => {
  stopping = true;
  agent.destroy();
  parentPort?.postMessage(statuses);
});
