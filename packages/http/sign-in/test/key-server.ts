import { once } from 'node:events';
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import type { Test } from 'tap';

export const CLIENT_ID = 'console';
export const NOW = Date.parse('2026-11-24T08:00:00Z');
const SECONDS = NOW / 1_000;

/** A key pair and its public half as an issuer publishes it. */
export interface KeyPair {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export async function newKeyPair(kid: string, alg = 'RS256'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Serves a key set that a test may change. While `isDown`, it answers 500. */
export async function startKeyServer(t: Test, keys: JWK[]) {
  const state = { keys, isDown: false, requests: 0 };
  const server = createServer((_request, response) => {
    state.requests += 1;
    response.writeHead(state.isDown ? 500 : 200, { 'content-type': 'application/json', connection: 'close' });
    response.end(state.isDown ? '' : JSON.stringify({ keys: state.keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The key server has no TCP port');
  const issuer = `http://127.0.0.1:${address.port}`;
  return { state, issuer, jwksUri: `${issuer}/.well-known/jwks.json` };
}

/** Claims of a user pool's access token at {@link NOW}. */
export function accessClaims(issuer: string) {
  return {
    sub: '4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10',
    iss: issuer,
    client_id: CLIENT_ID,
    token_use: 'access',
    scope: 'openid profile',
    username: 'hanna',
    'cognito:groups': ['demo:hr'],
    auth_time: SECONDS - 60,
    iat: SECONDS - 60,
    exp: SECONDS + 3_540,
    jti: '0f8f2c52-3a41-4e0e-8a55-3c5d5b1f9b01',
  };
}

export async function sign(
  claims: Record<string, unknown>,
  { privateKey, kid, alg }: Pick<KeyPair, 'privateKey' | 'kid' | 'alg'>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

/** Joins parts to a compact JWS without validation. */
export function compact(header: string | object, payload: object, signature: string): string {
  const part = (value: string | object) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}
