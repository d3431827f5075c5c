import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { CreateBucketCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { foreignCaller, isLoopback } from '@swipegate/http/foreign-callers';
import dynalite from 'dynalite';
import kinesalite from 'kinesalite';
import { Registry } from 'prom-client';
import t from 'tap';
import { startServices } from '../../../testing/local-services.js';
import { serveMetrics } from '../../metrics/metrics-endpoint.js';
import { closeServer, listenOnLoopback } from '../../processes/ports.js';

const EVIL = 'http://evil.example';

t.test('callers of this machine, and of other sites', async (t) => {
  for (const host of [
    'localhost',
    'localhost:80',
    'a.localhost:80',
    '127.0.0.1:8080',
    '127.9.9.9',
    '[::1]:80',
    '::1',
  ]) {
    t.ok(isLoopback(host), host);
  }
  const strange = [
    '',
    'evil.example',
    '127.0.0.1.evil.example:80',
    'localhost.evil.example',
    '10.0.0.1',
    '0.0.0.0',
    '::2',
  ];
  for (const host of [...strange, '127.0.0.1@evil.example', 'evil.example:127']) t.notOk(isLoopback(host), host);

  const host = '127.0.0.1:80';
  const own: Record<string, string>[] = [
    { host },
    { host, origin: `http://${host}` },
    { host, origin: 'http://known.example' },
    { host, 'sec-fetch-site': 'none' },
    { host, 'sec-fetch-site': 'same-origin' },
    { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ];
  const foreign: Record<string, string>[] = [
    {},
    { host: 'evil.example' },
    { host: 'evil.example', origin: 'http://evil.example' },
    { host, origin: EVIL },
    { host, origin: 'null' },
    { host, origin: 'http://127.0.0.1:81' },
    { host, origin: `https://${host}` },
    { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  ];
  const isKnown = (origin: string) => origin === 'http://known.example';
  for (const headers of own)
    t.equal(foreignCaller({ method: 'GET', headers }, isKnown), undefined, JSON.stringify(headers));
  for (const headers of foreign)
    t.type(foreignCaller({ method: 'GET', headers }, isKnown), 'string', JSON.stringify(headers));
  const form = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  t.type(foreignCaller({ method: 'POST', headers: form }), 'string', 'a form of another site');
});

t.test('every service of the local cloud refuses pages of other sites', async (t) => {
  const { s3Endpoint, snsEndpoint, sqsEndpoint } = await startServices(t);
  const servers = [dynalite(), kinesalite(), createServer((_request, response) => response.end())];
  t.teardown(() => Promise.all(servers.map(closeServer)));
  const metrics = await serveMetrics(new Registry());
  t.teardown(() => metrics.close());
  const others = await Promise.all(servers.map((server) => listenOnLoopback(server)));
  for (const url of [...others, s3Endpoint, snsEndpoint, sqsEndpoint, metrics.url]) {
    const { host } = new URL(url);
    for (const headers of [{ host: 'evil.example' }, { host, origin: EVIL }, { host, origin: 'null' }]) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const { status, cors } = await ask(url, method, headers);
        t.equal(status, 403, `${method} ${url} ${JSON.stringify(headers)}`);
        t.equal(cors, undefined);
      }
    }
  }
});

t.test('S3 answers the pages that a bucket names, and only them', async (t) => {
  const { s3, s3Endpoint } = await startServices(t);
  const page = 'http://127.0.0.1:1';
  for (const Bucket of ['open', 'closed']) await s3.send(new CreateBucketCommand({ Bucket }));
  const CORSRules = [{ AllowedMethods: ['GET', 'PUT'], AllowedOrigins: [page] }];
  await s3.send(new PutBucketCorsCommand({ Bucket: 'open', CORSConfiguration: { CORSRules } }));
  const { host } = new URL(s3Endpoint);
  t.match(await ask(`${s3Endpoint}/open/key`, 'PUT', { host, origin: page }), { status: 200, cors: page });
  t.match(await ask(`${s3Endpoint}/open/key`, 'DELETE', { host, origin: page }), { status: 403, cors: undefined });
  t.match(await ask(`${s3Endpoint}/open/key`, 'GET', { host, origin: page }), { status: 200 }, 'it is not deleted');
  t.match(await ask(`${s3Endpoint}/closed/key`, 'PUT', { host, origin: page }), { status: 403, cors: undefined });
});

async function ask(url: string, method: string, headers: Record<string, string>) {
  const asked = request(url, { method, headers, setHost: false });
  asked.end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  await once(answer, 'end');
  return { status: answer.statusCode, cors: answer.headers['access-control-allow-origin'] };
}
