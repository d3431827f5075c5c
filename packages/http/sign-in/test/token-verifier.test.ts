import t from 'tap';
import { createTokenVerifier } from '../token-verifier.js';
import { accessClaims, CLIENT_ID, NOW, newKeyPair, sign, startKeyServer } from './key-server.js';

const [ours, foreign] = await Promise.all([newKeyPair('key-1'), newKeyPair('key-1')]);
const { issuer, jwksUri } = await startKeyServer(t, [ours.jwk]);
const verify = createTokenVerifier({ issuer, clientId: CLIENT_ID, jwksUri, now: () => NOW });
const claims = accessClaims(issuer);
const seconds = NOW / 1_000;
const good = await sign(claims, ours);

t.test('reads the user, tenant and roles from an access token', async (t) => {
  t.same(await verify(good), {
    userId: claims.sub,
    userName: 'hanna',
    tenantId: 'demo',
    roles: new Set(['hr']),
    endsMs: claims.exp * 1_000,
  });
  const groups = ['demo:hr', 'demo:auditor', 'eu-west-1_abc_Google', 'other:janitor', ':hr', 'a b:hr', 'hr', 'demo:HR'];
  const user = await verify(await sign({ ...claims, 'cognito:groups': groups }, ours));
  t.same([user.tenantId, ...user.roles], ['demo', 'hr', 'auditor'], 'other groups are ignored');
  const colons = await verify(await sign({ ...claims, 'cognito:groups': ['eu:north:admin'] }, ours));
  t.same([colons.tenantId, ...colons.roles], ['eu:north', 'admin']);
});

t.test('clocks may differ by the tolerance only', async (t) => {
  const at = async (times: Partial<typeof claims> & { nbf?: number }) =>
    verify(await sign({ ...claims, ...times }, ours));
  await t.resolves(at({ exp: seconds - 29 }));
  await t.rejects(at({ exp: seconds - 30 }), { code: 'token-expired' });
  await t.resolves(at({ nbf: seconds + 30 }));
  await t.rejects(at({ nbf: seconds + 31 }), { code: 'token-invalid' });
  await t.resolves(at({ iat: seconds + 30 }));
  await t.rejects(at({ iat: seconds + 31 }), { code: 'token-invalid' });
  const strict = createTokenVerifier({
    issuer,
    clientId: CLIENT_ID,
    jwksUri,
    clockToleranceSeconds: 0,
    now: () => NOW,
  });
  await t.resolves(strict(await sign({ ...claims, exp: seconds + 1 }, ours)));
  await t.rejects(strict(await sign({ ...claims, exp: seconds }, ours)), { code: 'token-expired' });
});

t.test('during an outage of the issuer the last keys stay in use', async (t) => {
  const server = await startKeyServer(t, [ours.jwk]);
  const next = await newKeyPair('key-2');
  const of = (key: typeof ours) => sign(accessClaims(server.issuer), key);
  server.state.isDown = true;
  // A maximum age of 0 makes each verification fetch keys.
  const eager = createTokenVerifier({
    issuer: server.issuer,
    clientId: CLIENT_ID,
    jwksUri: server.jwksUri,
    keyCooldownMs: 0,
    keyMaxAgeMs: 0,
    now: () => NOW,
  });
  await t.rejects(eager(await of(ours)), { code: 'keys-unavailable', message: /again/ }, 'before any key was fetched');
  server.state.isDown = false;
  await t.resolves(eager(await of(ours)));
  server.state.isDown = true;
  const before = server.state.requests;
  await t.resolves(eager(await of(ours)), 'uses the last keys');
  t.ok(server.state.requests > before, 'a fetch was tried');
  await t.rejects(eager(await of(foreign)), { code: 'token-invalid' }, 'a wrong signature is still refused');
  await t.rejects(eager(await of(next)), { code: 'keys-unavailable' }, 'the issuer may have published a new key');
  server.state.isDown = false;
  await t.rejects(eager(await of(next)), { code: 'token-invalid' }, 'it did not');
});

t.test('during an outage most requests do not fetch keys', async (t) => {
  const server = await startKeyServer(t, [ours.jwk]);
  const verify = createTokenVerifier({
    issuer: server.issuer,
    clientId: CLIENT_ID,
    jwksUri: server.jwksUri,
    keyMaxAgeMs: 0,
    now: () => NOW,
  });
  const token = await sign(accessClaims(server.issuer), ours);
  await verify(token);
  server.state.isDown = true;
  for (let i = 0; i < 5; i++) await verify(token);
  t.equal(server.state.requests, 2);
});

t.test('new keys of the issuer are used, withdrawn keys are dropped', async (t) => {
  const server = await startKeyServer(t, [ours.jwk]);
  const next = await newKeyPair('key-2');
  const of = (key: typeof ours) => sign(accessClaims(server.issuer), key);
  const options = { issuer: server.issuer, clientId: CLIENT_ID, jwksUri: server.jwksUri, now: () => NOW };
  const verify = createTokenVerifier({ ...options, keyCooldownMs: 0 });
  await verify(await of(ours));
  await t.rejects(verify(await of(next)), { code: 'token-invalid' });
  server.state.keys = [ours.jwk, next.jwk];
  await t.resolves(verify(await of(next)));
  await t.resolves(verify(await of(ours)));
  server.state.keys = [next.jwk];
  const expiring = createTokenVerifier({ ...options, keyMaxAgeMs: 0 });
  await t.resolves(expiring(await of(next)));
  await t.rejects(expiring(await of(ours)), { code: 'token-invalid' });
});

t.test('an unreachable issuer is keys-unavailable, an empty key set token-invalid', async (t) => {
  const server = await startKeyServer(t, []);
  const options = { issuer: server.issuer, clientId: CLIENT_ID, now: () => NOW };
  const token = await sign(accessClaims(server.issuer), ours);
  const nobody = createTokenVerifier({ ...options, jwksUri: 'http://127.0.0.1:1/jwks.json' });
  await t.rejects(nobody(token), { code: 'keys-unavailable' });
  const empty = createTokenVerifier({ ...options, jwksUri: server.jwksUri });
  await t.rejects(empty(token), { code: 'token-invalid' });
});
