import type { FastifyInstance } from 'fastify';
import { SCOPES } from './authorization-request.js';
import type { IssuerParts } from './issuer-parts.js';

/** Metadata for clients and verifiers: OpenID Connect Discovery 1.0 and the signing keys (RFC 7517). */
export function discoveryRoutes(app: FastifyInstance, { issuer: address, tokens }: IssuerParts): void {
  app.get('/.well-known/openid-configuration', async () => {
    const issuer = address();
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
  });
  app.get('/.well-known/jwks.json', async () => ({ keys: [tokens.publicJwk] }));
}

export function jwksUriOf(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}
