import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
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
