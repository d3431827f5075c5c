import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Client } from './client.js';
import type { Exchanged, Grants } from './grants.js';
import { need, OAuthError, type Parameters, parametersOf, SCOPES } from './oauth.js';
import { TOKEN_SECONDS, type Tokens } from './tokens.js';
import type { Users } from './users.js';

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

export interface TokenOptions {
  /** `iss`, without a trailing slash. Known once the issuer listens. */
  issuer(): string;
  client: Client;
  tokens: Tokens;
  grants: Grants;
  users: Users;
}

type Form = { Body: URLSearchParams | undefined };

/**
 * Endpoints that a client calls directly: metadata (OpenID Connect Discovery 1.0), signing keys (RFC 7517),
 * `/oauth2/token` (https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html),
 * `/oauth2/revoke` (https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html) and
 * `/oauth2/userInfo` (https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html).
 */
export function tokenRoutes(app: FastifyInstance, { issuer, client, tokens, grants, users }: TokenOptions): void {
  allowCrossOrigin(app, client);
  app.get('/.well-known/openid-configuration', async () => metadataOf(issuer()));
  app.get('/.well-known/jwks.json', async () => ({ keys: [tokens.publicJwk] }));

  app.post<Form>('/oauth2/token', async ({ body, headers }) => answer(exchange(formOf(body, headers.authorization))));

  app.post<Form>('/oauth2/revoke', async ({ body, headers }, reply) => {
    const token = need(formOf(body, headers.authorization), 'token');
    if (token.split('.').length === 3) {
      throw new OAuthError('unsupported_token_type', 'Only a refresh token can be revoked.');
    }
    grants.revoke(token);
    return reply.code(200).send();
  });

  app.route({
    method: ['GET', 'POST'],
    url: '/oauth2/userInfo',
    handler: async ({ headers }) => {
      const claims = await accessClaims(BEARER.exec(headers.authorization ?? '')?.[1] ?? '');
      const user = users.named(String(claims['username']));
      const scopes = String(claims['scope']).split(' ');
      if (user === undefined || !scopes.includes('openid')) throw invalidToken();
      const { sub, username, name, email } = user;
      return { sub, username, name, email, email_verified: 'true' };
    },
  });

  /** A public client sends its `client_id` and no secret. */
  function formOf(body: URLSearchParams | undefined, authorization: string | undefined): Parameters {
    const form = parametersOf(body ?? new URLSearchParams());
    if (authorization !== undefined || form.has('client_secret') || need(form, 'client_id') !== client.id) {
      const description = 'Unknown client_id, or a client secret was sent: this public client has none.';
      throw new OAuthError('invalid_client', description);
    }
    return form;
  }

  function exchange(form: Parameters): Exchanged {
    switch (need(form, 'grant_type')) {
      case 'authorization_code':
        return grants.exchangeCode(need(form, 'code'), need(form, 'redirect_uri'), need(form, 'code_verifier'));
      case 'refresh_token':
        return grants.exchangeRefreshToken(need(form, 'refresh_token'));
      default:
        throw new OAuthError('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token.');
    }
  }

  async function answer({ signIn, refreshToken, nonce }: Exchanged): Promise<Record<string, unknown>> {
    return {
      access_token: await tokens.access(signIn),
      ...(signIn.scope.split(' ').includes('openid') ? { id_token: await tokens.id(signIn, nonce) } : {}),
      refresh_token: refreshToken,
      expires_in: TOKEN_SECONDS,
      token_type: 'Bearer',
    };
  }

  async function accessClaims(token: string) {
    const claims = await tokens.verifyAccess(token).catch(() => undefined);
    if (claims === undefined || grants.isRevoked(claims['origin_jti'])) throw invalidToken();
    return claims;
  }
}

function invalidToken(): OAuthError {
  return new OAuthError('invalid_token', 'The access token is invalid, expired or revoked, or lacks the scope openid.');
}

function metadataOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    userinfo_endpoint: `${issuer}/oauth2/userInfo`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    jwks_uri: jwksUriOf(issuer),
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: SCOPES,
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
  };
}

export function jwksUriOf(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}

/**
 * Lets only scripts of the client's pages read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol). Credentials
 * are not allowed, because no route here uses cookies.
 */
function allowCrossOrigin(app: FastifyInstance, client: Client): void {
  app.addHook('onRequest', async ({ headers, method }, reply) => {
    reply.header('vary', 'origin');
    if (client.isAt(headers.origin)) reply.header('access-control-allow-origin', headers.origin);
    if (method !== 'OPTIONS') return;
    reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '600',
    });
    return reply.code(204).send();
  });
  // Fastify runs the hook for preflights only if an OPTIONS route exists.
  app.options('/*', async (_request, reply) => reply.code(204).send());
}

/** RFC 6749, section 5.2; RFC 6750, section 3.1. */
export function sendOAuthError(reply: FastifyReply, { code, message }: OAuthError): FastifyReply {
  if (code === 'invalid_token') reply.header('www-authenticate', `Bearer error="${code}"`);
  return reply.code(code === 'invalid_token' ? 401 : 400).send({ error: code, error_description: message });
}
