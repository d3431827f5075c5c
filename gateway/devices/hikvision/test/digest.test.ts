import { createHash } from 'node:crypto';
import t from 'tap';
import { digestAuthorization } from '../digest.js';

const request = {
  method: 'GET',
  uri: '/dir/index.html',
  user: 'Mufasa',
  password: 'Circle of Life',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const [MD5, SHA256] = [
  '8ca523f5e9506fed4657c9700eebdbec',
  '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
];

t.test('the examples of RFC 7616 section 3.9.1', async (t) => {
  t.equal(
    digestAuthorization([challenge('MD5')], request),
    `Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="${MD5}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", algorithm=MD5`,
  );
  t.match(digestAuthorization([challenge('SHA-256')], request), SHA256);
});

t.test('the stronger of several challenges is answered, in one header or in several', async (t) => {
  const both = [challenge('MD5'), challenge('SHA-256')];
  for (const headers of [both, both.toReversed(), [both.join(', ')], ['Basic realm="x"', ...both]]) {
    t.match(digestAuthorization(headers, request), SHA256);
  }
  t.match(digestAuthorization([challenge('SHA-512-256'), challenge('MD5')], request), MD5);
});

t.test('the example of RFC 2617 section 3.5, and the forms of old devices', async (t) => {
  const { cnonce: _, ...old } = { ...request, password: 'Circle Of Life' };
  const nonce = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
  const header = `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="${nonce}", opaque="5ccc069c403ebaf9f0171e9517f40e41"`;
  const answer = digestAuthorization([header], { ...old, cnonce: '0a4f113b' });
  t.match(answer, 'response="6629fae49393a05397450978507c4ef1"');
  t.notMatch(answer, 'algorithm');
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const [secret, path] = [md5('Mufasa:testrealm@host.com:Circle Of Life'), md5('GET:/dir/index.html')];
  const plain = digestAuthorization([header.replace(/qop="[^"]*", /, '')], { ...old, cnonce: 'x' });
  t.match(plain, `response="${md5(`${secret}:${nonce}:${path}`)}"`, 'RFC 2069: no qop');
  t.notMatch(plain, /qop|cnonce|nc=/);
  const session = digestAuthorization([`${header}, algorithm=MD5-sess`], { ...old, cnonce: 'c' });
  const first = md5(`${secret}:${nonce}:c`);
  t.match(session, `response="${md5(`${first}:${nonce}:00000001:c:auth:${path}`)}"`, 'MD5-sess');
});

t.test('a quote in a name does not end it', async (t) => {
  const answer = digestAuthorization(['Digest realm="a \\"b\\"", nonce="n"'], { ...request, user: 'o"x' });
  t.match(answer, 'username="o\\"x", realm="a \\"b\\""');
});

t.test('nothing else is answered, so the password never goes out', async (t) => {
  for (const headers of [[], ['Basic realm="x"'], [challenge('SHA-512-256')], ['Digest qop="auth-int", nonce="n"']]) {
    t.equal(digestAuthorization(headers, request), undefined);
  }
});
