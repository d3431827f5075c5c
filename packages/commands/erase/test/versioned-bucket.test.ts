import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t from 'tap';
import { type KeyVersions, VersionedBucket } from '../versioned-bucket.js';

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { s3 } = cloud.clients;
const Metadata = { author: 'hanna' };
const put = (Bucket: string, Key: string, Body: string) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata, ContentType: 'text/csv' }));

async function all(bucket: VersionedBucket, prefix = ''): Promise<KeyVersions[]> {
  const found: KeyVersions[] = [];
  for await (const page of bucket.pages(prefix)) found.push(...page);
  return found;
}

const shout = async (bytes: Uint8Array) => {
  const text = Buffer.from(bytes).toString();
  return text === text.toUpperCase() ? undefined : Buffer.from(text.toUpperCase());
};

t.test('yields each object once with all its versions, wherever a page ends', async (t) => {
  const Bucket = 'paged';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const key of ['a', 'b', 'c', 'd']) for (const body of ['1', '2', '3']) await put(Bucket, key, body);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'd' }));
  const whole = await all(new VersionedBucket(s3, Bucket));
  t.strictSame(
    whole.map(({ key, versions }) => [key, versions.length, versions.filter(({ isLatest }) => isLatest).length]),
    [
      ['a', 3, 1],
      ['b', 4, 1],
      ['c', 3, 1],
      ['d', 4, 1],
    ],
  );
  const sorted = (objects: readonly KeyVersions[]) =>
    objects.map(({ key, versions }) => [key, versions.map(({ versionId }) => versionId).sort()]);
  for (const most of [1, 2, 3, 5]) {
    s3.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, MaxKeys: most } }), {
      step: 'initialize',
      name: 'small-pages',
    });
    t.strictSame(sorted(await all(new VersionedBucket(s3, Bucket))), sorted(whole), `${most} a page`);
    s3.middlewareStack.remove('small-pages');
  }
});

t.test('rewrite puts new content under the same key and deletes the old versions', async (t) => {
  const Bucket = 'versioned';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const bucket = new VersionedBucket(s3, Bucket);
  for (const body of ['old', 'OLD', 'new']) await put(Bucket, 'object', body);
  const rewrite = async (options: { purge: 'all' | 'unclean'; dryRun: boolean }) => {
    const [object] = await all(bucket, 'object');
    return object && bucket.rewrite(object, { rewrite: shout, ...options });
  };
  t.strictSame(await rewrite({ purge: 'all', dryRun: true }), { rewritten: true, removed: 3 });
  t.equal((await all(bucket))[0]?.versions.length, 3);
  t.strictSame(await rewrite({ purge: 'unclean', dryRun: false }), { rewritten: true, removed: 2 });
  const left = (await all(bucket))[0]?.versions ?? [];
  const texts = await Promise.all(
    left.map(async ({ versionId }) => Buffer.from((await bucket.get('object', versionId)) ?? '')),
  );
  t.strictSame(texts.map(String).sort(), ['NEW', 'OLD']);
  t.strictSame(await rewrite({ purge: 'all', dryRun: false }), { rewritten: false, removed: 1 });
  t.match(await s3.send(new GetObjectCommand({ Bucket, Key: 'object' })), { Metadata, ContentType: 'text/csv' });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'object' }));
  t.strictSame(await rewrite({ purge: 'all', dryRun: false }), { rewritten: false, removed: 1 });
  t.match(await all(bucket), [{ versions: [{ isDeleteMarker: true }] }], 'it stays deleted');
});

t.test('works on a bucket without versioning', async (t) => {
  const Bucket = 'plain';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const bucket = new VersionedBucket(s3, Bucket);
  await put(Bucket, 'object', 'old');
  const [object] = await all(bucket);
  t.match(object, { key: 'object', versions: [{ versionId: 'null' }] });
  t.match(object && (await bucket.rewrite(object, { rewrite: shout, purge: 'all', dryRun: false })), {
    rewritten: true,
  });
  t.equal(Buffer.from((await bucket.get('object', 'null')) ?? '').toString(), 'OLD');
  await bucket.delete('object', 'null');
  t.strictSame(await all(bucket), []);
  t.equal(await bucket.get('object', 'null'), undefined, 'gone since it was listed');
  t.strictSame(object && (await bucket.rewrite(object, { rewrite: shout, purge: 'unclean', dryRun: false })), {
    rewritten: false,
    removed: 0,
  });
  t.strictSame(await all(bucket), []);
});
