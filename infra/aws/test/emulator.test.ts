import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { emulatorEnvironment } from '../emulator/emulator-environment.js';
import { copyWithout, leaveOut } from '../emulator/leave-out.js';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const CONSUMER = 'AWS::Kinesis::StreamConsumer';
const template = {
  Resources: {
    Consumer: { Type: CONSUMER, Properties: { StreamARN: { 'Fn::ImportValue': 'swipes' } } },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Consumer', 'ConsumerARN'] }, Function: { Ref: 'Decide' } },
      DependsOn: ['Consumer', 'Decide'],
    },
    Decide: { Type: 'AWS::Lambda::Function', DependsOn: 'Consumer' },
  },
};

t.test('a function whose consumer the emulator lacks reads the stream itself', async (t) => {
  t.strictSame(leaveOut(template, new Set([CONSUMER])), {
    Resources: {
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::ImportValue': 'swipes' }, Function: { Ref: 'Decide' } },
        DependsOn: ['Decide'],
      },
      Decide: { Type: 'AWS::Lambda::Function' },
    },
  });
  t.same(leaveOut(template, new Set()), {
    Resources: { ...template.Resources, Decide: { Type: 'AWS::Lambda::Function', DependsOn: ['Consumer'] } },
  });
});

t.test('a changed template has a new hash wherever the assembly names it', async (t) => {
  const folder = t.testdir();
  const [from, to] = [join(folder, 'cdk.out'), join(folder, 'copy')];
  mkdirSync(from);
  writeFileSync(join(from, 'a.template.json'), '{"Resources":{}}');
  const hash = hashOf('{"Resources":{}}');
  writeFileSync(join(from, 'a.assets.json'), `{"files":{"${hash}":{}}}`);
  writeFileSync(join(from, 'manifest.json'), `{"url":"s3://b/${hash}.json"}`);
  copyWithout(from, to, new Set());
  const text = readFileSync(join(to, 'a.template.json'), 'utf8');
  t.equal(readFileSync(join(to, 'a.assets.json'), 'utf8'), `{"files":{"${hashOf(text)}":{}}}`);
  t.equal(readFileSync(join(to, 'manifest.json'), 'utf8'), `{"url":"s3://b/${hashOf(text)}.json"}`);
});

t.test('an emulator gets neither a profile nor a session of the user, and no default setting is lost', async (t) => {
  const url = 'http://127.0.0.1:4566';
  const own = { AWS_PROFILE: 'mine', AWS_DEFAULT_PROFILE: 'mine', AWS_SESSION_TOKEN: 'x', AWS_ACCESS_KEY_ID: 'AKIA' };
  const env = emulatorEnvironment({ ...own, SWIPEGATE_KEEP_DATA: 'no' }, url);
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN']) t.notOk(name in env, name);
  t.match(env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: url });
  t.match(env, { AWS_REGION: 'eu-central-1', SWIPEGATE_STAGE: 'test', SWIPEGATE_KEEP_DATA: 'no' });
});

t.test('npm run emulator says that no emulator answers, before it builds anything', async (t) => {
  const main = fileURLToPath(new URL('../emulator/main.js', import.meta.url));
  // fetch itself refuses port 1.
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'http://127.0.0.1:1'], { encoding: 'utf8' });
  t.same({ status, stdout }, { status: 1, stdout: '' });
  t.equal(stderr, 'No emulator answers at http://127.0.0.1:1: start it first (docs/aws.md).\n');
});
