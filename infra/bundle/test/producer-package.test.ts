// Own process: takes long.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { build } from 'esbuild';
import kinesalite from 'kinesalite';
import { aggregate } from 'kinesis-producer-lite';
import t from 'tap';
import { ROOT } from '../make-files.js';

const run = promisify(execFile);
const SOURCE = join(ROOT, 'packages/kinesis-producer-lite');

// As in a clean clone: sources, and what `npm ci` gives. Nothing is compiled yet.
const folder = await mkdtemp(join(tmpdir(), 'package-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const clone = join(folder, 'clone/packages/kinesis-producer-lite');
const skipped = new Set(['dist', 'test', 'node_modules']);
cpSync(SOURCE, clone, { recursive: true, filter: (path) => !skipped.has(basename(path)) });
cpSync(join(ROOT, 'tsconfig.json'), join(folder, 'clone/tsconfig.json'));
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'clone/node_modules'));
const npm = { ...process.env, npm_config_update_notifier: 'false', npm_config_cache: join(folder, 'cache') };
await run('npm', ['pack', '--pack-destination', folder], { cwd: clone, env: npm });

// Installed without a network: the tarball, and links to the packages that it depends on.
const modules = join(folder, 'app/node_modules');
const installed = join(modules, 'kinesis-producer-lite');
mkdirSync(installed, { recursive: true });
const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
await run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed]);
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]) {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
}
const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
const text = (name: string) => readFileSync(join(installed, name), 'utf8');
const app = (name: string) => join(folder, 'app', name);

/** Code blocks of the README, with the given stream instead of that in AWS. */
function examples(client: object): string[] {
  const blocks = Array.from(text('README.md').matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, block = '']) => block);
  return blocks.map((block) =>
    block.replace("client: { region: 'eu-central-1' }", `client: ${JSON.stringify(client)}`),
  );
}

/** The same with require(), in an async function. */
function required(example: string): string {
  const [imports = '', ...rest] = example.split('\n\n');
  const requires = imports.replace(/^import (\{[^}]*\}) from ('[^']*');/gm, 'const $1 = require($2);');
  return `${requires}\n(async () => {\n${rest.join('\n\n')}\n})();\n`;
}

t.test('the package has code, types with a place, and source maps with sources', async (t) => {
  const targets: string[] = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target ?? {}),
  );
  for (const target of [manifest.types, ...targets]) t.ok(existsSync(join(installed, target)), target);
  t.same(
    files.filter((name) => /(^|\/)test(\/|$)|tsbuildinfo|\.d\.ts\.map$/.test(name)),
    [],
  );
  const maps = files.filter((name) => name.endsWith('.js.map'));
  t.equal(maps.length, files.filter((name) => name.endsWith('.js')).length);
  for (const name of maps) {
    const { sources, sourcesContent = [] } = JSON.parse(text(name));
    t.ok(sources.length > 0 && sourcesContent.length === sources.length, name);
  }
  t.match(manifest, { repository: { directory: 'packages/kinesis-producer-lite' }, keywords: /kinesis/ });
  t.notMatch(
    text('dist/producer.d.ts') + text('dist/index.d.ts'),
    /startWith|Transport|SpoolFiles/,
    'no seams of tests',
  );
});

t.test('README’s example runs', async (t) => {
  const kinesis = kinesalite({ createStreamMs: 0 }).listen(0, '127.0.0.1');
  await once(kinesis, 'listening');
  t.teardown(() => {
    kinesis.closeAllConnections();
    kinesis.close();
  });
  const address = kinesis.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const connection = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials };
  // The client writes into the credentials that it gets.
  const client = new KinesisClient({
    ...connection,
    credentials: { ...credentials },
    requestHandler: new NodeHttpHandler({}),
  });
  t.teardown(() => client.destroy());
  await client.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
  const isActive = async () => {
    const { StreamDescriptionSummary: summary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: 'orders' }),
    );
    return summary?.StreamStatus === 'ACTIVE';
  };
  while (!(await isActive()));
  const [produce = '', consume = ''] = examples(connection);
  const node = (file: string) => run(process.execPath, [file]);
  const receipt = /^shardId-000000000000 \d+$/m;

  await t.test('as an ES module, with its types checked', async (t) => {
    writeFileSync(app('produce.mts'), produce);
    writeFileSync(app('produce.mjs'), produce);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', '--target', 'es2022'];
    const [{ stdout }] = await Promise.all([
      node(app('produce.mjs')),
      run(process.execPath, [tsc, ...options, 'produce.mts'], { cwd: app('') }),
    ]);
    t.match(stdout, receipt);
  });

  await t.test('by require(), where Node can', async (t) => {
    writeFileSync(app('produce.cjs'), required(produce));
    if (Reflect.get(process.features, 'require_module') === true)
      t.match((await node(app('produce.cjs'))).stdout, receipt);
    else t.match(await node(app('produce.cjs')).then(() => 'none', inspect), /ERR_REQUIRE_ESM/);
  });

  await t.test('bundled, next to the installed package and without it', async (t) => {
    for (const [format, name] of [
      ['esm', 'bundle.mjs'],
      ['cjs', 'bundle.cjs'],
    ] as const) {
      const source = format === 'esm' ? 'produce.mjs' : 'produce.cjs';
      const alone = join(folder, 'alone', name);
      await build({
        entryPoints: [app(source)],
        bundle: true,
        platform: 'node',
        format,
        outfile: alone,
        logLevel: 'error',
      });
      cpSync(alone, app(`dist/${name}`));
      t.match((await node(app(`dist/${name}`))).stdout, receipt, `${format}, next to it`);
      const failure = await node(alone).then(() => 'none', inspect);
      t.match(
        failure,
        /ProducerError: There is no .*Bundlers[\s\S]*code: 'WORKER_NOT_FOUND',\s*retryable: false/,
        format,
      );
    }
  });

  await t.test('and so does the consumer’s', async (t) => {
    const data = aggregate([{ partitionKey: 'customer-17', data: '{"total":12}' }]).toString('base64');
    const event = { Records: [{ kinesis: { data, partitionKey: 'x' } }] };
    writeFileSync(app('consume.mjs'), `const event = ${JSON.stringify(event)};\n${consume}`);
    t.match((await node(app('consume.mjs'))).stdout, 'customer-17 0 {"total":12}');
  });
});
