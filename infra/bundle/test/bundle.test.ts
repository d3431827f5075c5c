// Own process: takes long.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { decisionOfRow, STREAMS, swipeMessageOf, swipePartitionKey, TABLES } from '@swipegate/contract';
import { SITE, swipeIdOf, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import t from 'tap';
import { seed } from '../../local/demo/seed.js';
import { startChild } from '../../local/processes/child.js';
import { startTestCloud } from '../../testing/test-cloud.js';
import { bundle, functionNames } from '../bundle.js';

const MEGABYTE = 1_048_576;
/**
 * May be larger: admin holds an API with schemas and description, and clients of three services; change-import reads
 * spreadsheets, and has as many clients. Cold starts are rare, and nobody waits at a door for one.
 */
const LARGER: Readonly<Record<string, number>> = { admin: 1.75 * MEGABYTE, 'change-import': 1.25 * MEGABYTE };
/** Variables that a deployment must set, for all functions. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  TOKEN_ISSUER: 'https://issuer.invalid/pool',
  TOKEN_CLIENT_ID: 'console',
  CHANGES_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:swipegate-changes.fifo',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/swipegate-changes-dead.fifo',
};

// Outside this package, so that a module missing in the bundle is not found in the package's node_modules.
const outdir = await mkdtemp(join(tmpdir(), 'bundles-'));
t.teardown(() => rm(outdir, { recursive: true, force: true }));

t.test('each function is one file below 1 MB (except admin and change-import), with its source map', async (t) => {
  const names = functionNames();
  t.ok(names.includes('decide') && names.includes('redrive'), String(names));
  for (const name of names) {
    const { file, bytes } = await bundle(name, outdir);
    t.ok(bytes < (LARGER[name] ?? MEGABYTE), `${name}: ${bytes} bytes`);
    t.match(JSON.parse(await readFile(`${file}.map`, 'utf8')), { version: 3, sources: [/./] });
    // Reads its environment and creates its clients, as in a cold start.
    const url = JSON.stringify(pathToFileURL(file).href);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', `console.log(typeof (await import(${url})).handler)`],
      { env: { ...process.env, ...ENVIRONMENT } },
    );
    t.equal(stdout.trim(), 'function', `${name} has a handler`);
  }
});

t.test('the bundled admin answers API Gateway, and rejects requests without a token', async (t) => {
  const { file } = await bundle('admin', outdir);
  const event = (path: string) => ({
    version: '2.0',
    routeKey: 'GET /v1/{path+}',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'admin.example.com', accept: 'application/json' },
    requestContext: { stage: '$default', http: { method: 'GET', path, sourceIp: '192.0.2.1', protocol: 'HTTP/1.1' } },
    isBase64Encoded: false,
  });
  const events = ['/healthz', '/openapi.json', '/v1/me'].map(event);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
      const answers = [];
      for (const event of ${JSON.stringify(events)}) answers.push(await handler(event, {}));
      console.log(JSON.stringify(answers));`,
    ],
    { env: { ...process.env, ...ENVIRONMENT, LOG_LEVEL: 'silent' } },
  );
  const [healthz, openapi, me] = JSON.parse(stdout);
  t.match(healthz, { statusCode: 200, isBase64Encoded: false, body: '{"status":"ok"}' });
  t.equal(JSON.parse(openapi.body).openapi, '3.1.0', 'the API description needs only the bundle');
  t.match(me, { statusCode: 401, headers: { 'www-authenticate': /^Bearer/ } });
  t.match(JSON.parse(me.body), { type: /missing-token/ });
});

t.test('the bundled decide runs in the local runner and decides', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const documents = DynamoDBDocumentClient.from(cloud.clients.dynamodb);
  await seed(cloud.clients.dynamodb, SITE, []);
  await documents.send(new PutCommand({ TableName: TABLES.cards, Item: { cardKey: 'acme/bent', cardId: 'bent' } }));
  const { file } = await bundle('decide', outdir);
  let drained = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const runner = await startChild({
    name: 'decide',
    module: new URL('../../local/sources/event-source/main.js', import.meta.url),
    args: [pathToFileURL(file).href, join(outdir, 'failed.jsonl'), join(outdir, 'checkpoints.json')],
    env: { ...cloud.env, POWERTOOLS_METRICS_NAMESPACE: 'Swipegate' },
    onMessage: () => drained(),
  });
  t.teardown(() => runner.kill());
  const readAt = new Date().toISOString();
  const put = (n: number, cardId: string, readerId: string) =>
    cloud.clients.kinesis.send(
      new PutRecordCommand({
        StreamName: STREAMS.swipes,
        PartitionKey: swipePartitionKey('acme', cardId),
        Data: Buffer.from(JSON.stringify(swipeMessageOf(swipeOf({ n, cardId, readerId, readAt })))),
      }),
    );
  await put(1, 'ann', 'hard-out');
  await put(2, 'who', 'hard-in');
  await put(3, 'bent', 'hard-in');
  runner.send({ type: 'drain' });
  await done;
  const decided = async (n: number, cardId: string) => {
    const Key = { swipeKey: `acme/${swipeIdOf(n)}`, cardId };
    const { Item } = await documents.send(new GetCommand({ TableName: TABLES.decisions, Key }));
    return Item && decisionOfRow(Item);
  };
  t.match(await decided(1, 'ann'), { outcome: 'granted', direction: 'out' });
  t.match(await decided(2, 'who'), { outcome: 'denied', reason: 'denied-unknown-credential' });
  t.equal(await decided(3, 'bent'), undefined);
  await runner.stop();
  t.match(runner.tail, /"DecisionsDenied":1/, 'its metrics are in its log');
  t.match(runner.tail, /"ParkedRecords":1/);
});
