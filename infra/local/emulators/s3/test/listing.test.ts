import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { Bucket } from '../storage/bucket.js';
import { listObjects } from '../storage/listing.js';
import { createBucket, put } from './object-calls.js';

const BLOB = { file: '', size: 0, md5: '', crc32: '', sha1: '', sha256: '' };

t.test('lists by prefix, delimiter, marker and page', async (t) => {
  const { s3 } = await startServices(t);
  const name = await createBucket(s3, 'listed');
  const list = (more: Partial<ListObjectsV2CommandInput> = {}) =>
    s3.send(new ListObjectsV2Command({ Bucket: name, ...more }));
  const keysOf = ({ Contents = [] }: ListObjectsV2CommandOutput) => Contents.map(({ Key }) => Key);
  for (const key of ['b', 'a/2', 'a/1', 'a/x/1', 'a', 'B', 'c/', 'ü', '\u{1f511}', '\uff5e']) await put(s3, name, key);

  const all = await list();
  t.same(keysOf(all), ['B', 'a', 'a/1', 'a/2', 'a/x/1', 'b', 'c/', 'ü', '\uff5e', '\u{1f511}'], 'by their bytes');
  t.match(all, { IsTruncated: false, KeyCount: 10, Name: name });
  t.match(all.Contents?.[0], { Size: 1, ETag: /^"[\da-f]{32}"$/, LastModified: Date });
  t.same(keysOf(await list({ Prefix: 'a/' })), ['a/1', 'a/2', 'a/x/1']);
  t.same(keysOf(await list({ StartAfter: 'a/1', MaxKeys: 2 })), ['a/2', 'a/x/1']);
  t.same(keysOf(await list({ Prefix: 'a/', StartAfter: 'a/', Delimiter: '/' })), ['a/1', 'a/2']);
  t.same(keysOf(await list({ Prefix: 'zz' })), []);
  t.match(await list({ MaxKeys: 0 }), { IsTruncated: false, KeyCount: 0 });
  const folders = await list({ Delimiter: '/' });
  t.same(keysOf(folders), ['B', 'a', 'b', 'ü', '\uff5e', '\u{1f511}']);
  t.same(folders.CommonPrefixes, [{ Prefix: 'a/' }, { Prefix: 'c/' }]);
  t.same(keysOf(await list({ EncodingType: 'url', Prefix: 'ü' })), ['%C3%BC']);
  await t.rejects(list({ ContinuationToken: '!' }), { name: 'InvalidArgument' });

  const seen: unknown[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await list({ MaxKeys: 3, ContinuationToken });
    seen.push(...keysOf(page));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  t.same(seen, keysOf(all));
});

t.test('pages of any size together list the same as one page', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 30 }),
      fc.record({ prefix: text, delimiter: fc.constantFrom('', '/', 'b') }),
      fc.integer({ min: 1, max: 5 }),
      (keys, asked, max) => {
        const bucket = new Bucket('any', () => 0);
        for (const key of keys.filter((key) => key !== '')) bucket.add({ key, blob: BLOB });
        const whole = listObjects(bucket, { ...asked, max: 1_000 }, '');
        const objects: string[] = [];
        const prefixes: string[] = [];
        let after: string | undefined = '';
        while (after !== undefined) {
          const page = listObjects(bucket, { ...asked, max }, after);
          if (page.objects.length + page.commonPrefixes.length > max) throw new Error('too many');
          objects.push(...page.objects.map(({ key }) => key));
          prefixes.push(...page.commonPrefixes);
          after = page.nextAfter;
        }
        const wanted = Array.from(new Set(keys)).filter((key) => key !== '' && key.startsWith(asked.prefix));
        const grouped = (key: string) => asked.delimiter !== '' && key.includes(asked.delimiter, asked.prefix.length);
        if (objects.join() !== whole.objects.map(({ key }) => key).join()) throw new Error('objects differ');
        if (prefixes.join() !== whole.commonPrefixes.join()) throw new Error('prefixes differ');
        if (new Set(prefixes).size < prefixes.length) throw new Error('a prefix twice');
        if (
          objects.join() !==
          wanted
            .filter((key) => !grouped(key))
            .sort()
            .join()
        )
          throw new Error('not all');
        for (const key of wanted.filter(grouped)) {
          if (!prefixes.some((prefix) => key.startsWith(prefix))) throw new Error(`${key} is not listed`);
        }
      },
    ),
  );
});
