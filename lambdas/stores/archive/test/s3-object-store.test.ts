import { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '@swipegate/commands/s3-client';
import t from 'tap';
import { S3ObjectStore } from '../object-store.js';
import { MemoryObjectStore } from './memory-archive.js';
import { startS3Stub } from './s3-stub.js';

t.test('puts, lists over several pages, and gets objects', async (t) => {
  const memory = new MemoryObjectStore();
  const stub = await startS3Stub(memory, 'a-bucket');
  const s3 = new S3Client({
    region: 'eu-central-1',
    endpoint: stub.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  t.teardown(() => {
    s3.destroy();
    stub.close();
  });
  const store = new S3ObjectStore(s3, 'a-bucket');
  const keysOf = async (prefix: string, startAfter?: string) => {
    const keys: string[] = [];
    for await (const key of store.list(prefix, startAfter)) keys.push(key);
    return keys;
  };
  const keys = [
    'a/day=2026-11-25/1',
    'a/day=2026-11-25/2',
    'a/day=2026-11-26/1',
    'a/day=2026-11-26/2',
    'a/day=2026-11-27/1',
  ];
  for (const key of [...keys, 'b/1']) await store.put(key, Buffer.from(`content of ${key}`));
  t.strictSame(await keysOf('a/'), keys);
  t.strictSame(await keysOf('a/', 'a/day=2026-11-26/'), keys.slice(2));
  t.strictSame(await keysOf('c/'), []);
  t.equal(Buffer.from(await store.get('b/1')).toString(), 'content of b/1');
  await t.rejects(store.get('b/2'), { name: 'NoSuchKey' });
  await t.rejects(new S3ObjectStore(s3, 'another').put('a', Buffer.from('')), { name: 'NoSuchBucket' });
});

t.test('a local cloud without S3 is an error and never falls back to AWS', async (t) => {
  t.throws(() => s3Client({}, true), { code: 'OPTION_INVALID', message: /AWS_ENDPOINT_URL_S3/ });
  s3Client({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, true).destroy();
});
