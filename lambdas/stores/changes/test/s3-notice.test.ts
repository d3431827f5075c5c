import t from 'tap';
import { storedKeys } from '../s3-notice.js';

const notice = (...keys: unknown[]) => JSON.stringify({ Records: keys.map((key) => ({ s3: { object: { key } } })) });

t.test('keys are decoded', (t) => {
  t.same(storedKeys(notice('imports/demo/a.csv')), ['imports/demo/a.csv']);
  t.same(storedKeys(notice('a+b', 'a%2Bb', 'M%C3%BCller', 'a%2Fb')), ['a b', 'a+b', 'Müller', 'a/b']);
  t.same(storedKeys(notice()), []);
  t.end();
});

t.test('other texts have no keys', (t) => {
  const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' };
  for (const body of ['', 'null', '[]', '{', '"a"', JSON.stringify(test), '{"Records":{}}', '{"Records":[{}]}']) {
    t.same(storedKeys(body), [], body);
  }
  for (const key of [1, null, ['a'], {}]) t.same(storedKeys(notice('a', key)), [], JSON.stringify(key));
  t.same(storedKeys(notice('%zz')), []);
  t.end();
});
