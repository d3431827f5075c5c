import {
  GetBucketCorsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { readFormUpload } from '../requests/form-upload.js';
import { createBucket, put, read } from './object-calls.js';

const { s3, s3Endpoint, pass } = await startServices(t);

/** Sends a form as a browser does. */
async function upload(
  { url, fields }: { url: string; fields: Record<string, string> },
  file: string | Buffer,
  more: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: Headers }> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...more })) form.set(name, value);
  form.set('file', new Blob([file], { type: 'text/csv' }), 'people.csv');
  const answer = await fetch(url, { method: 'POST', body: form });
  return { status: answer.status, body: await answer.text(), headers: answer.headers };
}

const sign = (s3: S3Client, Bucket: string, Key: string, more: Partial<PresignedPostOptions> = {}) =>
  createPresignedPost(s3, { Bucket, Key, Expires: 60, ...more });

t.test('a presigned PUT works until it expires', async (t) => {
  const Bucket = await createBucket(s3, 'presigned-put');
  const command = new PutObjectCommand({
    Bucket,
    Key: 'in/a b.csv',
    ContentType: 'text/csv',
    Metadata: { by: 'demo' },
  });
  const url = await getSignedUrl(s3, command, { expiresIn: 60 });
  const send = () => fetch(url, { method: 'PUT', body: 'a,b', headers: { 'content-type': 'text/csv' } });
  t.equal((await send()).status, 200);
  t.equal(await read(s3, Bucket, 'in/a b.csv'), 'a,b');
  t.match(await s3.send(new HeadObjectCommand({ Bucket, Key: 'in/a b.csv' })), {
    ContentType: 'text/csv',
    Metadata: { by: 'demo' },
  });
  pass(61_000);
  const late = await send();
  t.equal(late.status, 403);
  t.match(await late.text(), /<Code>AccessDenied<\/Code><Message>Request has expired/);
});

t.test('a presigned GET works until it expires and can set the file name', async (t) => {
  const Bucket = await createBucket(s3, 'presigned-get');
  await put(s3, Bucket, 'report', 'a,b');
  const command = new GetObjectCommand({
    Bucket,
    Key: 'report',
    ResponseContentDisposition: 'attachment; filename="r.csv"',
    ResponseContentType: 'text/csv',
  });
  // Signing uses the machine's clock; the emulators' clock is ahead by the time skipped in other tests.
  const url = await getSignedUrl(s3, command, { expiresIn: 600 });
  const answer = await fetch(url);
  t.equal(await answer.text(), 'a,b');
  t.equal(answer.headers.get('content-disposition'), 'attachment; filename="r.csv"');
  t.equal(answer.headers.get('content-type'), 'text/csv');
  const halved = new URL(url);
  halved.searchParams.delete('X-Amz-Expires');
  t.match(await (await fetch(halved)).text(), /AuthorizationQueryParametersError/);
  halved.searchParams.set('X-Amz-Expires', '604801');
  t.match(await (await fetch(halved)).text(), /AuthorizationQueryParametersError/);
  pass(600_000);
  t.equal((await fetch(url)).status, 403);
});

t.test('a presigned POST stores what its policy allows', async (t) => {
  const { s3, pass } = await startServices(t);
  const Bucket = await createBucket(s3, 'posts', { versioned: true });
  const post = await sign(s3, Bucket, 'in/people.csv', {
    Fields: { 'Content-Type': 'text/csv', 'x-amz-meta-tenant': 'demo', success_action_status: '201' },
    Conditions: [
      ['content-length-range', 2, 8],
      ['eq', '$Content-Type', 'text/csv'],
    ],
  });
  const posted = { url: post.url, fields: post.fields };
  const done = await upload(posted, 'a,b\r\n');
  t.equal(done.status, 201);
  t.match(done.body, /<PostResponse><Location>.*<Key>in\/people\.csv<\/Key>/);
  const VersionId = done.headers.get('x-amz-version-id') ?? '';
  t.equal(await read(s3, Bucket, 'in/people.csv', { VersionId }), 'a,b\r\n');
  t.match(await s3.send(new HeadObjectCommand({ Bucket, Key: 'in/people.csv' })), {
    ContentType: 'text/csv',
    Metadata: { tenant: 'demo' },
  });

  t.match(await upload(posted, '123456789'), { status: 400, body: /<Code>EntityTooLarge</ });
  t.match(await upload(posted, '1'), { status: 400, body: /<Code>EntityTooSmall</ });
  t.equal((await upload(posted, '12345678')).status, 201);
  t.equal((await upload(posted, '12')).status, 201);
  t.match(await upload(posted, 'ok', { key: 'in/other.csv' }), { status: 403, body: /Policy Condition failed/ });
  t.match(await upload(posted, 'ok', { 'Content-Type': 'text/html' }), { status: 403, body: /AccessDenied/ });
  t.match(await upload(posted, 'ok', { 'x-amz-meta-rows': '1' }), { status: 403, body: /Extra input fields/ });
  const { Policy: _, ...withoutPolicy } = posted.fields;
  for (const fields of [withoutPolicy, { key: 'x' }]) {
    t.match(await upload({ url: post.url, fields }, 'ok'), { status: 403, body: /AccessDenied/ });
  }
  t.match(await upload({ ...posted, fields: { ...posted.fields, Policy: 'e30=' } }, 'ok'), {
    body: /InvalidPolicyDocument/,
  });
  await t.rejects(read(s3, Bucket, 'in/other.csv'), NoSuchKey);
  pass(60_000);
  t.match(await upload(posted, 'ok'), { status: 403, body: /Policy expired/ });
});

t.test('a policy can leave only the end of the key to the browser', async (t) => {
  const { s3 } = await startServices(t);
  const Bucket = await createBucket(s3, 'prefixes');
  const { url, fields } = await sign(s3, Bucket, ['demo/$', '{filename}'].join(''));
  t.equal((await upload({ url, fields }, 'ok')).status, 204);
  t.equal(await read(s3, Bucket, 'demo/people.csv'), 'ok');
  t.equal((await upload({ url, fields }, 'ok', { key: 'demo/../else' })).status, 204, 'a key is not a path');
  t.equal(await read(s3, Bucket, 'demo/../else'), 'ok');
  t.equal((await upload({ url, fields }, 'ok', { key: 'other/a' })).status, 403);
  const elsewhere = await sign(s3, 'another-bucket', 'a');
  t.equal((await upload({ url, fields: elsewhere.fields }, 'ok')).status, 403, 'signed for another bucket');
});

t.test('a far too long file is refused and the connection stays usable', async (t) => {
  const { s3 } = await startServices(t);
  const Bucket = await createBucket(s3, 'floods');
  const { url, fields } = await sign(s3, Bucket, 'a', { Conditions: [['content-length-range', 0, 1_000]] });
  const flood = Buffer.alloc(20_000_000);
  for (let count = 0; count < 3; count++) t.match(await upload({ url, fields }, flood), { body: /EntityTooLarge/ });
  t.equal((await upload({ url, fields }, 'ok')).status, 204);
});

t.test('a form is parsed however its chunks are split', async () => {
  const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
  const tricky = fc.constantFrom('\r\n', '\r\n--', '--b', '\r\n--B', '\r', '-').map((text) => Buffer.from(text));
  const file = fc.array(fc.oneof(bytes, tricky), { maxLength: 8 }).map((parts) => Buffer.concat(parts));
  await fc.assert(
    fc.asyncProperty(file, fc.integer({ min: 1, max: 40 }), async (content, size) => {
      const boundary = 'boundary-5c6ee8d1';
      const body = Buffer.concat([
        Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="Key"\r\n\r\nk\r\n--${boundary}\r\n`),
        Buffer.from('Content-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: text/csv\r\n\r\n'),
        content,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]);
      async function* cut() {
        for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
      }
      const form = await readFormUpload(cut(), `multipart/form-data; boundary=${boundary}`);
      const parts: Uint8Array[] = [];
      for await (const part of form.file) parts.push(part);
      if (!Buffer.concat(parts).equals(content)) throw new Error('the file differs');
      if (form.fields.get('key') !== 'k' || form.fileName !== 'f' || form.fileType !== 'text/csv') {
        throw new Error('the fields differ');
      }
    }),
  );
});

t.test('a page of another origin may do only what the bucket allows', async (t) => {
  const Bucket = await createBucket(s3, 'origins');
  const preflight = (origin: string, method: string, headers = 'content-type') =>
    fetch(`${s3Endpoint}/${Bucket}/a`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    });
  const portal = 'http://127.0.0.1:8080';
  t.equal((await preflight(portal, 'PUT')).status, 403, 'nothing is allowed by default');
  await t.rejects(s3.send(new GetBucketCorsCommand({ Bucket })), { name: 'NoSuchCORSConfiguration' });
  const CORSRules = [
    {
      AllowedOrigins: ['http://127.0.0.1:*'],
      AllowedMethods: ['PUT', 'POST'],
      AllowedHeaders: ['content-*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 600,
    },
  ];
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  t.match((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules, CORSRules);
  const allowed = await preflight(portal, 'PUT');
  t.equal(allowed.status, 200);
  t.equal(allowed.headers.get('access-control-allow-origin'), portal);
  t.equal(allowed.headers.get('access-control-allow-methods'), 'PUT, POST');
  t.equal(allowed.headers.get('access-control-allow-headers'), 'content-type');
  t.equal(allowed.headers.get('access-control-max-age'), '600');
  t.equal((await preflight('http://evil.example', 'PUT')).status, 403);
  t.equal((await preflight(portal, 'DELETE')).status, 403);
  t.equal((await preflight(portal, 'PUT', 'content-type, authorization')).status, 403);

  const put = await fetch(`${s3Endpoint}/${Bucket}/a`, { method: 'PUT', body: 'a', headers: { origin: portal } });
  t.equal(put.headers.get('access-control-allow-origin'), portal);
  t.equal(put.headers.get('access-control-expose-headers'), 'ETag');
  const { url } = await sign(s3, Bucket, 'a');
  const refused = await fetch(url, { method: 'POST', body: 'a', headers: { origin: portal } });
  t.equal(refused.headers.get('access-control-allow-origin'), portal, 'an error can be read too');
});
