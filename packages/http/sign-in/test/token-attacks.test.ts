import { createHmac, webcrypto } from 'node:crypto';
import { exportSPKI } from 'jose';
import t from 'tap';
import { createTokenVerifier, LONGEST_TOKEN, type TokenErrorCode } from '../token-verifier.js';
import { accessClaims, CLIENT_ID, compact, NOW, newKeyPair, sign, startKeyServer } from './key-server.js';

const [ours, foreign, elliptic, pss] = await Promise.all([
  newKeyPair('key-1'),
  newKeyPair('key-1'),
  newKeyPair('key-ec', 'ES256'),
  newKeyPair('key-pss', 'PS256'),
]);
// Publish keys for other algorithms too, so that these tokens are not refused just for lack of a key.
const { state, issuer, jwksUri } = await startKeyServer(t, [ours.jwk, elliptic.jwk, pss.jwk]);
const bait = await startKeyServer(t, [foreign.jwk]);
const verify = createTokenVerifier({ issuer, clientId: CLIENT_ID, jwksUri, now: () => NOW });

const claims = accessClaims(issuer);
const seconds = NOW / 1_000;
const good = await sign(claims, ours);
const [head = '', body = '', signature = ''] = good.split('.');
const without = (name: keyof typeof claims) => ({ ...claims, [name]: undefined });

const oursAsSecret = await exportSPKI(ours.publicKey);
const hmac = (secret: string, header: object) => {
  const signed = compact(header, claims, '').slice(0, -1);
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};
const rsa = async ({ privateKey }: typeof ours, header: string | object) => {
  const signed = compact(header, claims, '').slice(0, -1);
  const bytes = await webcrypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(bytes).toString('base64url')}`;
};
const tampered = Buffer.from(JSON.stringify({ ...claims, 'cognito:groups': ['demo:admin'] })).toString('base64url');

type Attack = [name: string, token: string, code: TokenErrorCode];
const attacks: Attack[] = [
  ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg): Attack[] => [
    [`alg "${alg}", no signature`, compact({ alg, kid: 'key-1' }, claims, ''), 'token-malformed'],
    [
      `alg "${alg}", the signature of another token`,
      compact({ alg, kid: 'key-1' }, claims, signature),
      alg === '' ? 'token-malformed' : 'token-invalid',
    ],
  ]),
  ['no alg', compact({ kid: 'key-1' }, claims, signature), 'token-malformed'],
  [
    'HS256 with the public key (PEM) as the secret',
    hmac(oursAsSecret, { alg: 'HS256', kid: 'key-1' }),
    'token-invalid',
  ],
  [
    'HS256 with the public key (JWK n) as the secret',
    hmac(String(ours.jwk.n), { alg: 'HS256', kid: 'key-1' }),
    'token-invalid',
  ],
  [
    'RS256 in the header, signed by HMAC with the public key',
    hmac(oursAsSecret, { alg: 'RS256', kid: 'key-1' }),
    'token-invalid',
  ],
  ['a foreign key under our kid', await sign(claims, foreign), 'token-invalid'],
  ['an unknown kid', await sign(claims, { ...ours, kid: 'key-2' }), 'token-invalid'],
  ['a kid that is a path', await sign(claims, { ...foreign, kid: '../../../../dev/null' }), 'token-invalid'],
  ['a kid that is a URL', await sign(claims, { ...foreign, kid: bait.jwksUri }), 'token-invalid'],
  ['jku to the attacker’s keys', await sign(claims, foreign, { jku: bait.jwksUri }), 'token-invalid'],
  ['x5u to the attacker’s keys', await sign(claims, foreign, { x5u: bait.jwksUri }), 'token-invalid'],
  ['the attacker’s key as jwk', await sign(claims, foreign, { jwk: foreign.jwk }), 'token-invalid'],
  ['jwk without a kid of ours', await sign(claims, { ...foreign, kid: 'bait' }, { jwk: foreign.jwk }), 'token-invalid'],
  ['expired', await sign({ ...claims, exp: seconds - 3_600 }, ours), 'token-expired'],
  ['no exp', await sign(without('exp'), ours), 'token-invalid'],
  ['exp as a string', await sign({ ...claims, exp: '9999999999' }, ours), 'token-invalid'],
  ['not yet valid', await sign({ ...claims, nbf: seconds + 600 }, ours), 'token-invalid'],
  ['issued in the future', await sign({ ...claims, iat: seconds + 600 }, ours), 'token-invalid'],
  [
    'issued longer ago than the longest lifetime',
    await sign({ ...claims, iat: seconds - 90_000 }, ours),
    'token-expired',
  ],
  ['no iat', await sign(without('iat'), ours), 'token-invalid'],
  ['another issuer', await sign({ ...claims, iss: 'https://issuer.example' }, ours), 'token-invalid'],
  ['our issuer with a slash', await sign({ ...claims, iss: `${issuer}/` }, ours), 'token-invalid'],
  ['our issuer in capitals', await sign({ ...claims, iss: issuer.toUpperCase() }, ours), 'token-invalid'],
  ['no issuer', await sign(without('iss'), ours), 'token-invalid'],
  ['another client', await sign({ ...claims, client_id: 'payroll' }, ours), 'token-invalid'],
  ['no client, but an audience', await sign({ ...without('client_id'), aud: CLIENT_ID }, ours), 'token-invalid'],
  ['an id token', await sign({ ...without('client_id'), aud: CLIENT_ID, token_use: 'id' }, ours), 'token-invalid'],
  [
    'an id token with the client’s id',
    await sign({ ...claims, aud: CLIENT_ID, token_use: 'id' }, ours),
    'token-invalid',
  ],
  ['no use', await sign(without('token_use'), ours), 'token-invalid'],
  ['no user', await sign(without('sub'), ours), 'token-invalid'],
  ['a user that is a path', await sign({ ...claims, sub: '../emp' }, ours), 'token-invalid'],
  ['no user name', await sign(without('username'), ours), 'token-invalid'],
  ['a payload that was changed', `${head}.${tampered}.${signature}`, 'token-invalid'],
  ['a signature that was changed', `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`, 'token-invalid'],
  ['no signature', `${head}.${body}.`, 'token-malformed'],
  ['no signature and no dot', `${head}.${body}`, 'token-malformed'],
  ['alg twice, none last', compact('{"alg":"RS256","kid":"key-1","alg":"none"}', claims, signature), 'token-invalid'],
  [
    'alg twice, RS256 last, a foreign key',
    await rsa(foreign, '{"alg":"none","kid":"key-1","alg":"RS256"}'),
    'token-invalid',
  ],
  [
    'unknown crit, signed by our key',
    await rsa(ours, { alg: 'RS256', kid: 'key-1', crit: ['x'], x: 1 }),
    'token-invalid',
  ],
  ['empty crit, signed by our key', await rsa(ours, { alg: 'RS256', kid: 'key-1', crit: [] }), 'token-malformed'],
  [
    'b64 false, signed by our key',
    await rsa(ours, { alg: 'RS256', kid: 'key-1', crit: ['b64'], b64: false }),
    'token-malformed',
  ],
  ['ES256 with a published key', await sign(claims, elliptic), 'token-invalid'],
  [
    'ES256 with an empty signature (CVE-2022-21449)',
    compact({ alg: 'ES256', kid: 'key-ec' }, claims, Buffer.alloc(64).toString('base64url')),
    'token-invalid',
  ],
  ['PS256 with a published key', await sign(claims, pss), 'token-invalid'],
  ['groups as a string', await sign({ ...claims, 'cognito:groups': 'demo:admin' }, ours), 'token-invalid'],
  ['groups as an object', await sign({ ...claims, 'cognito:groups': { 0: 'demo:admin' } }, ours), 'token-invalid'],
  ['a group in a group', await sign({ ...claims, 'cognito:groups': [['demo:admin']] }, ours), 'token-invalid'],
  ['groups of two tenants', await sign({ ...claims, 'cognito:groups': ['demo:hr', 'other:hr'] }, ours), 'no-tenant'],
  ['groups of no tenant', await sign({ ...claims, 'cognito:groups': ['admin', 'demo:owner'] }, ours), 'no-tenant'],
  [
    'a tenant id with a slash, to reach another tenant’s keys',
    await sign({ ...claims, 'cognito:groups': ['demo/cards:admin'] }, ours),
    'no-tenant',
  ],
  ['no groups', await sign(without('cognito:groups'), ours), 'no-tenant'],
  ['too long, otherwise valid', await sign({ ...claims, pad: 'x'.repeat(LONGEST_TOKEN) }, ours), 'token-malformed'],
  ['an empty string', '', 'token-malformed'],
  ['not a JWT', 'sgk_0123456789', 'token-malformed'],
  ['dots', '..', 'token-malformed'],
  ['parts that are not JSON', 'aaaa.bbbb.cccc', 'token-malformed'],
  ['a JWE', `${head}.aaaa.bbbb.cccc.dddd`, 'token-malformed'],
  ['valid, with a line break', `${good}\n`, 'token-malformed'],
  [
    'valid, in standard Base64',
    `${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64')}`,
    'token-malformed',
  ],
];

for (const [name, token, code] of attacks) {
  t.test(`refused: ${name}`, async (t) => {
    const error: unknown = await verify(token).then(
      () => t.fail('accepted'),
      (refusal: unknown) => refusal,
    );
    t.match(error, { name: 'TokenError', code, message: /\. |\.$/ });
    t.notOk(error instanceof Error && 'cause' in error, 'no cause: jose’s errors contain the claims');
    await t.resolves(verify(good), 'a valid token is still accepted');
  });
}

t.test('no URL from a token was fetched', async (t) => {
  t.equal(bait.state.requests, 0);
  t.equal(state.requests, 1, 'unknown kids cause no further requests');
});
