import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { createBucket, put, read } from './object-calls.js';

const { s3 } = await startServices(t);

const remove = (Bucket: string, Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) }));
const setVersioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const list = (Bucket: string, more: object = {}) => s3.send(new ListObjectVersionsCommand({ Bucket, ...more }));

t.test('versioning is off until it is enabled', async (t) => {
  const Bucket = await createBucket(s3, 'switched');
  const status = async () => (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  t.equal(await status(), undefined);
  await setVersioning(Bucket, 'Enabled');
  t.equal(await status(), 'Enabled');
  await setVersioning(Bucket, 'Suspended');
  t.equal(await status(), 'Suspended');
});

t.test('every put creates a version that can be read', async (t) => {
  const Bucket = await createBucket(s3, 'kept', { versioned: true });
  const ids = [await put(s3, Bucket, 'k', 'one'), await put(s3, Bucket, 'k', 'two')] as const;
  t.equal(new Set([...ids, undefined]).size, 3);
  t.equal(await read(s3, Bucket, 'k'), 'two');
  t.equal(await read(s3, Bucket, 'k', { VersionId: ids[0] }), 'one');
  t.match(await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: ids[0] })), { VersionId: ids[0] });
  await t.rejects(read(s3, Bucket, 'k', { VersionId: 'none' }), { name: 'NoSuchVersion' });
});

t.test('a delete adds a marker, which can be deleted too', async (t) => {
  const Bucket = await createBucket(s3, 'marked', { versioned: true });
  const first = await put(s3, Bucket, 'k', 'one');
  const marker = await remove(Bucket, 'k');
  t.equal(marker.DeleteMarker, true);
  await t.rejects(read(s3, Bucket, 'k'), NoSuchKey);
  await t.rejects(read(s3, Bucket, 'k', { VersionId: marker.VersionId }), { name: 'MethodNotAllowed' });
  t.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  t.equal(await read(s3, Bucket, 'k', { VersionId: first }), 'one');
  await put(s3, Bucket, 'k', 'after', { IfNoneMatch: '*' });
  const after = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  await after.Body?.transformToString();
  await remove(Bucket, 'k', after.VersionId);
  t.match(await remove(Bucket, 'k', marker.VersionId), { DeleteMarker: true, VersionId: marker.VersionId });
  t.equal(await read(s3, Bucket, 'k'), 'one', 'the version before it is visible again');
  await remove(Bucket, 'k', first);
  const left = await list(Bucket);
  t.same([left.Versions ?? [], left.DeleteMarkers ?? []], [[], []], 'deleted permanently');
});

t.test('while versioning is suspended, puts share one null version beside the earlier ones', async (t) => {
  const Bucket = await createBucket(s3, 'suspended');
  t.equal(await put(s3, Bucket, 'k', 'before'), undefined);
  await setVersioning(Bucket, 'Enabled');
  const kept = await put(s3, Bucket, 'k', 'kept');
  t.equal(await read(s3, Bucket, 'k', { VersionId: 'null' }), 'before');
  await setVersioning(Bucket, 'Suspended');
  await put(s3, Bucket, 'k', 'last');
  t.equal(await read(s3, Bucket, 'k', { VersionId: 'null' }), 'last');
  t.equal(await read(s3, Bucket, 'k', { VersionId: kept }), 'kept');
  await remove(Bucket, 'k');
  t.match(await list(Bucket), {
    Versions: [{ VersionId: kept, IsLatest: false }],
    DeleteMarkers: [{ VersionId: 'null', IsLatest: true }],
  });
});

t.test('lists versions in order; pages may end within a key', async (t) => {
  const Bucket = await createBucket(s3, 'pages', { versioned: true });
  const written: string[] = [];
  for (const key of ['b', 'a', 'c/1', 'c/2']) {
    for (const body of ['1', '2', '3']) {
      const id = await put(s3, Bucket, key, body);
      written.push(`${key} ${id}`);
    }
  }
  const marker = await remove(Bucket, 'a');
  written.push(`a ${marker.VersionId}`);
  const whole = await list(Bucket);
  const a = whole.Versions?.filter(({ Key }) => Key === 'a') ?? [];
  t.same(
    a.map(({ IsLatest }) => IsLatest),
    [false, false, false],
  );
  t.ok(written.indexOf(`a ${a[0]?.VersionId}`) > written.indexOf(`a ${a[1]?.VersionId}`), 'the latest first');
  for (const MaxKeys of [1, 2, 3, 5]) {
    const seen: string[] = [];
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (markers !== undefined) {
      const page: Awaited<ReturnType<typeof list>> = await list(Bucket, { MaxKeys, ...markers });
      const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      t.ok(found.length <= MaxKeys);
      seen.push(...found.map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      markers =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
          : undefined;
    }
    t.same(seen.sort(), written.sort(), `${MaxKeys} a page`);
  }
  const grouped = await list(Bucket, { Delimiter: '/', KeyMarker: 'b' });
  t.same([grouped.Versions ?? [], grouped.CommonPrefixes], [[], [{ Prefix: 'c/' }]]);
});

t.test('DeleteObjects deletes versions or adds markers', async (t) => {
  const Bucket = await createBucket(s3, 'many', { versioned: true });
  const VersionId = await put(s3, Bucket, 'a');
  await put(s3, Bucket, 'b');
  const { Deleted } = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a', VersionId }, { Key: 'b' }] } }),
  );
  t.match(Deleted, [
    { Key: 'a', VersionId },
    { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: String },
  ]);
  const left = await list(Bucket);
  t.match(left, { Versions: [{ Key: 'b', IsLatest: false }], DeleteMarkers: [{ Key: 'b' }] });
  t.equal(left.Versions?.length, 1);
});
