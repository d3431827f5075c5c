import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  BucketAlreadyOwnedByYou,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { createBucket, put, read } from './object-calls.js';

const { s3, s3Endpoint, faults, objectsFolder } = await startServices(t);

async function filesOnDisk(): Promise<string[]> {
  return (await readdir(objectsFolder)).map((name) => join(objectsFolder, name));
}

t.test('buckets', async (t) => {
  const Bucket = await createBucket(s3, 'first');
  await s3.send(new HeadBucketCommand({ Bucket }));
  t.match((await s3.send(new ListBucketsCommand({}))).Buckets, [{ Name: 'first' }]);
  await t.rejects(createBucket(s3, 'first'), BucketAlreadyOwnedByYou);
  await t.rejects(s3.send(new HeadBucketCommand({ Bucket: 'second' })), NotFound);
  for (const name of ['UPPER', 'a..b', '127.0.0.1', 'x_y']) {
    await t.rejects(s3.send(new CreateBucketCommand({ Bucket: name })), { name: 'InvalidBucketName' }, name);
  }
  await put(s3, Bucket, 'a');
  await t.rejects(s3.send(new DeleteBucketCommand({ Bucket })), { name: 'BucketNotEmpty' });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await t.rejects(put(s3, Bucket, 'a'), NoSuchBucket);
  await t.rejects(read(s3, Bucket, 'a'), NoSuchBucket);
  await t.rejects(s3.send(new ListObjectsV2Command({ Bucket })), NoSuchBucket);
});

t.test('a GET returns the data and headers of the PUT', async (t) => {
  const Bucket = await createBucket(s3, 'stored-headers');
  const answer = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'reports/2026 11.csv',
      Body: 'a,b\n',
      ContentType: 'text/csv; charset=utf-8',
      ContentDisposition: 'attachment; filename="report.csv"',
      CacheControl: 'no-store',
      Metadata: { tenant: 'demo', rows: '1' },
    }),
  );
  t.equal(answer.ETag, '"f69f5b72bc79a92dc70c63c9aa142e36"');
  t.equal(answer.VersionId, undefined);
  const wanted = {
    ETag: answer.ETag,
    ContentLength: 4,
    ContentType: 'text/csv; charset=utf-8',
    ContentDisposition: 'attachment; filename="report.csv"',
    CacheControl: 'no-store',
    Metadata: { tenant: 'demo', rows: '1' },
  };
  t.match(await s3.send(new HeadObjectCommand({ Bucket, Key: 'reports/2026 11.csv' })), wanted);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'reports/2026 11.csv' }));
  t.match(got, wanted);
  t.ok(got.ChecksumCRC32, 'the SDK had a checksum to verify the body');
  t.equal(await got.Body?.transformToString(), 'a,b\n');
  await t.rejects(read(s3, Bucket, 'reports'), NoSuchKey);
  await t.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'reports' })), NotFound);
});

t.test('a stream is sent in chunks with a trailing checksum', async (t) => {
  const Bucket = await createBucket(s3, 'streams');
  const parts = Array.from({ length: 300 }, (_, index) => Buffer.alloc(997 * (index % 7) + 1, index));
  const whole = Buffer.concat(parts);
  await put(s3, Bucket, 'big', Readable.from(parts), { ContentLength: whole.length, ContentEncoding: 'identity' });
  const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket, Key: 'big' }));
  t.ok(whole.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  t.equal(ContentEncoding, 'identity', 'aws-chunked is not stored');
});

t.test('a damaged body is refused and leaves no file', async (t) => {
  const Bucket = await createBucket(s3, 'damaged');
  const before = await filesOnDisk();
  await t.rejects(put(s3, Bucket, 'a', 'a', { ChecksumCRC32: 'AAAAAA==' }), { name: 'BadDigest' });
  await t.rejects(put(s3, Bucket, 'a', 'a', { ChecksumSHA256: 'AAAA' }), { name: 'BadDigest' });
  await t.rejects(put(s3, Bucket, 'a', 'a', { ContentMD5: 'AAAA' }), { name: 'BadDigest' });
  const framed = await fetch(`${s3Endpoint}/${Bucket}/a`, {
    method: 'PUT',
    headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': '5' },
    body: '5\r\nhel',
  });
  t.equal(framed.status, 400);
  t.match(await framed.text(), '<Code>IncompleteBody</Code>');
  await t.rejects(read(s3, Bucket, 'a'), NoSuchKey);
  t.same(await filesOnDisk(), before);
});

t.test('only one of several concurrent conditional puts succeeds', async (t) => {
  const Bucket = await createBucket(s3, 'conditions');
  const tries = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((body) => put(s3, Bucket, 'once', body, { IfNoneMatch: '*' })),
  );
  const refused = tries.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  t.equal(refused.length, 3);
  for (const error of refused) t.match(error, { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  const stored = await read(s3, Bucket, 'once');
  t.equal(tries[['a', 'b', 'c', 'd'].indexOf(stored ?? '')]?.status, 'fulfilled');

  const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'once' }));
  await put(s3, Bucket, 'once', 'next', { IfMatch: ETag });
  await t.rejects(put(s3, Bucket, 'once', 'late', { IfMatch: ETag }), { name: 'PreconditionFailed' });
  t.equal(await read(s3, Bucket, 'once'), 'next');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'once' }));
  await put(s3, Bucket, 'once', 'anew', { IfNoneMatch: '*' });
});

t.test('ranges', async (t) => {
  const Bucket = await createBucket(s3, 'ranges');
  await put(s3, Bucket, 'digits', '0123456789');
  for (const [Range, body, ContentRange] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ] as const) {
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));
    t.match(answer, { ContentRange, ContentLength: body.length, $metadata: { httpStatusCode: 206 } });
    t.equal(await answer.Body?.transformToString(), body);
  }
  await t.rejects(read(s3, Bucket, 'digits', { Range: 'bytes=10-' }), { name: 'InvalidRange' });
});

t.test('an overwritten or deleted object leaves no file; reads in flight finish', async (t) => {
  const Bucket = await createBucket(s3, 'files');
  const before = await filesOnDisk();
  const long = 'x'.repeat(4_000_000);
  await put(s3, Bucket, 'a', long);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  await put(s3, Bucket, 'a', 'short');
  t.equal((await filesOnDisk()).length, before.length + 1);
  t.equal((await Body?.transformToString())?.length, long.length);
  t.equal(await read(s3, Bucket, 'a'), 'short');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  t.same(await filesOnDisk(), before);
});

t.test('deletes many objects, whatever their keys', async (t) => {
  const Bucket = await createBucket(s3, 'many');
  const keys = ['a', 'b&<c>"', ' spaced ', 'line\nfeed\r', '1', 'ü/\u{1f511}'];
  for (const key of keys) await put(s3, Bucket, key);
  const Objects = [...keys, 'never there'].map((Key) => ({ Key }));
  const { Deleted = [], Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  t.same(
    Deleted.map(({ Key }) => Key),
    Objects.map(({ Key }) => Key),
  );
  t.same(Errors, []);
  t.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  t.equal(quiet.Deleted, undefined);
});

t.test('no key leads out of the folder or to another object', async (t) => {
  const Bucket = await createBucket(s3, 'traversal');
  await createBucket(s3, 'other-bucket');
  await put(s3, 'other-bucket', 'secret', 'secret');
  const keys = [
    '../other-bucket/secret',
    '..',
    '.',
    '/',
    '//',
    '/etc/passwd',
    'a/../b',
    'a/./b',
    '%2e%2e%2fx',
    'a\\..\\b',
  ];
  for (const key of keys) await put(s3, Bucket, key, `body of ${key}`);
  for (const key of keys) t.equal(await read(s3, Bucket, key), `body of ${key}`);
  t.equal(await read(s3, 'other-bucket', 'secret'), 'secret');
  await t.rejects(read(s3, Bucket, 'b'), NoSuchKey);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
  t.same(listed.Contents?.map(({ Key }) => Key).sort(), keys.sort());

  // A raw path that no SDK would send.
  const raw = (path: string) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      request(`${s3Endpoint}`, { path, method: 'GET' })
        .on('response', (response) => {
          text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
        })
        .on('error', reject)
        .end();
    });
  t.match(await raw('/traversal/../other-bucket/secret'), { status: 200, body: 'body of ../other-bucket/secret' });
  t.match(await raw('/../../etc/passwd'), { status: 404, body: /NoSuchBucket/ });
  t.match(await raw('/traversal/..%2f..%2f..%2f..%2fetc%2fpasswd'), { status: 404, body: /NoSuchKey/ });
  t.match(await raw('/traversal/%00'), { status: 404, body: /NoSuchKey/ });
  t.match(await raw('/traversal/%zz'), { status: 400, body: /InvalidURI/ });

  const contents = await Promise.all((await filesOnDisk()).map((file) => readFile(file, 'utf8')));
  t.equal(contents.filter((body) => body.startsWith('body of ')).length, keys.length, 'all are in the folder');
});

t.test('any key returns the data put under it', async () => {
  const Bucket = await createBucket(s3, 'any-key');
  const unit = fc.oneof(
    fc.constantFrom('.', '/', '\\', '%', '2e', '2F', ' ', '+', '?', '#', '&'),
    fc.string({ unit: 'grapheme' }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(unit, { minLength: 1, maxLength: 20 })
        .map((parts) => parts.join(''))
        .filter((key) => key !== ''),
      async (key) => {
        await put(s3, Bucket, key, `body of ${key}`);
        if ((await read(s3, Bucket, key)) !== `body of ${key}`) throw new Error(key);
        await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
      },
    ),
    { numRuns: 60 },
  );
});

t.test('refuses unsupported operations', async (t) => {
  const Bucket = await createBucket(s3, 'unknown');
  const CopySource = 'unknown/a';
  await t.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource })), { name: 'NotImplemented' });
  await t.rejects(put(s3, Bucket, 'k'.repeat(1_025)), { name: 'KeyTooLongError' });
});

t.test('injected faults fail calls', async (t) => {
  const Bucket = await createBucket(s3, 'failing');
  faults.s3.failNext('PutObject', { times: 3 });
  await t.rejects(put(s3, Bucket, 'a'), { name: 'InternalError', $metadata: { attempts: 3 } });
  faults.s3.failNext('PutObject', { times: 3, kind: 'throttle' });
  await t.rejects(put(s3, Bucket, 'a'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  await t.rejects(read(s3, Bucket, 'a'), NoSuchKey);
  faults.s3.failNext('PutObject', { kind: 'answer-lost' });
  await t.rejects(
    put(s3, Bucket, 'a', 'a', { IfNoneMatch: '*' }),
    { name: 'PreconditionFailed' },
    'it was stored before',
  );
  t.equal(await read(s3, Bucket, 'a'), 'a');
});
