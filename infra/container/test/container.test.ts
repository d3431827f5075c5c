import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '@swipegate/gateway/config/config';
import t from 'tap';
import { PLACES, PORT, startScript, systemdUnit } from '../../aws/gateway/gateway-unit.js';
import { bundleGateway } from '../../bundle/bundle-gateway.js';
import { GATEWAY } from '../../bundle/make-files.js';
import { copies, execForm, only, stagesOf } from './containerfile.js';

const [build = [], run = []] = stagesOf(readFileSync('infra/container/Containerfile', 'utf8'));
const unit = systemdUnit({});
const environment = Object.fromEntries(
  only(run, 'ENV')
    .split(' ')
    .map((pair) => pair.split('=')),
);

t.test('all copied sources are in git and not excluded from the build context', async (t) => {
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  t.equal(
    ignored.find((line) => line !== '' && !line.startsWith('#')),
    '*',
    'by default no file is in the build context',
  );
  const sources = copies(build).flatMap(({ from }) => from);
  t.ok(sources.length > 5, String(sources));
  for (const source of sources) {
    t.not(execFileSync('git', ['ls-files', '--', source], { encoding: 'utf8' }), '', `${source} is in git`);
    t.ok(ignored.includes(`!${source.split('/')[0]}`), `${source} is in the build context`);
  }
  const { references } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
  for (const { path } of references) {
    const folder = String(path).split('/')[0] ?? '';
    t.ok(sources.includes(folder), `${folder} is compiled, so it must be copied`);
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [, script = ''] = /^npm run (\w+)$/.exec(build.filter(({ name }) => name === 'RUN').at(-1)?.rest ?? '') ?? [];
  t.type(scripts[script], 'string', `npm run ${script}`);
});

t.test('it starts the bundle like the systemd unit does, from the same path', async (t) => {
  const [copy, ...more] = copies(run);
  t.same(more, [], 'nothing else is copied');
  t.same(copy, { stage: 'build', from: [posix.join(only(build, 'WORKDIR'), GATEWAY)], to: `${PLACES.program}/` });
  const command = execForm(only(run, 'ENTRYPOINT'));
  t.equal(`/usr/bin/${command.join(' ')}`, /^ExecStart=(.*)$/m.exec(unit)?.[1]);

  const outdir = await mkdtemp(join(tmpdir(), 'image-'));
  t.teardown(() => rm(outdir, { recursive: true, force: true }));
  await bundleGateway(outdir);
  const program = posix.relative(PLACES.program, command.at(-1) ?? '');
  t.ok(existsSync(join(outdir, program)), `the bundle has ${program}`);
});

t.test('its user is not root and may write only the spool; it gets the same stop signal as the unit', async (t) => {
  const config = readConfig(environment);
  t.match(config, { PORT, SPOOL_DIRECTORY: PLACES.spool });
  t.equal(only(run, 'EXPOSE'), String(PORT));
  t.ok(PLACES.spool.startsWith(`${only(run, 'VOLUME')}/`), 'the spool is on the volume');
  const user = only(run, 'USER');
  t.match(user, /^[1-9]\d*:[1-9]\d*$/);
  const [uid, gid] = user.split(':');
  t.equal(only(run, 'RUN'), `install -d -o ${uid} -g ${gid} -m 0750 ${only(run, 'VOLUME')} ${PLACES.spool}`);
  const names = run.map(({ name }) => name);
  t.ok(names.indexOf('USER') < names.indexOf('VOLUME') && names.indexOf('RUN') < names.indexOf('USER'));
  t.equal(only(run, 'STOPSIGNAL'), /^KillSignal=(.*)$/m.exec(unit)?.[1]);
});

t.test('it has the same major version of Node as an instance', async (t) => {
  const text = readFileSync('infra/container/Containerfile', 'utf8');
  const ofImage = /^ARG NODE_IMAGE=\S+\/node:(\d+)-slim$/m.exec(text)?.[1] ?? 'none';
  const onInstance = startScript({ program: '', unit, logGroup: '' }).find((line) => line.startsWith('dnf install'));
  t.ok(onInstance?.includes(`nodejs${ofImage} `), `${ofImage}: ${onInstance}`);
});

t.test('it is healthy if /readyz answers 200, and unhealthy without an answer', async (t) => {
  const [node, ...args] = execForm(/ CMD (.*)$/.exec(only(run, 'HEALTHCHECK'))?.[1] ?? '[]');
  t.equal(node, 'node');
  let isReady = true;
  const server = createServer(({ url }, response) => {
    response.writeHead(isReady && url === '/readyz' ? 200 : 503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const check = () =>
    promisify(execFile)(process.execPath, args, { env: { PORT: String(address.port) } }).then(
      () => 0,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
  t.equal(await check(), 0);
  isReady = false;
  t.equal(await check(), 1);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  t.equal(await check(), 1);
});
