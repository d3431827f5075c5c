import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from './client.js';
import { ExpiringMap } from './expiring-map.js';
import type { Grants } from './grants.js';
import { type AuthorizationRequest, answerUrl, authorizationRequest, OAuthError, parametersOf } from './oauth.js';
import type { Session, Sessions } from './sessions.js';
import { errorPage, type Page, signInPage } from './sign-in-pages.js';
import type { Users } from './users.js';

/** Validity of a sign-in page. */
const PAGE_MS = 600_000;

export interface SignInOptions {
  /** `iss`, without a trailing slash. Known once the issuer listens. */
  issuer(): string;
  client: Client;
  grants: Grants;
  sessions: Sessions;
  users: Users;
  /** ms since the epoch. */
  now(): number;
}

/**
 * `/oauth2/authorize` (https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html), `/login`, which
 * receives its form, and `/logout` (https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html).
 */
export function signInRoutes(
  app: FastifyInstance,
  { issuer, client, grants, sessions, users, now }: SignInOptions,
): void {
  const openPages = new ExpiringMap<{ session: Session; request: AuthorizationRequest }>({ ttlMs: PAGE_MS, now });

  app.get('/oauth2/authorize', (incoming, reply) => {
    const query = queryOf(incoming);
    const redirectUri = query.get('redirect_uri') ?? undefined;
    // Never redirect to an unregistered address: it could steal the code.
    if (query.get('client_id') !== client.id || !client.mayRedirectTo(redirectUri)) {
      return send(reply.code(400), errorPage('Unknown application', UNKNOWN_CLIENT));
    }
    const state = query.get('state') ?? undefined;
    try {
      const request = authorizationRequest(parametersOf(query), redirectUri);
      const known = sessions.of(incoming);
      const signedIn = request.prompt === 'login' ? undefined : known?.signedIn;
      if (signedIn !== undefined) {
        const code = grants.codeFor(signedIn.user, request, signedIn.authTime);
        return reply.redirect(answerUrl(request, { code }), 302);
      }
      if (request.prompt === 'none') throw new OAuthError('login_required', 'The user is not signed in.');
      const session = known ?? sessions.start(incoming, reply);
      return send(reply, signInPage(users.all, openPages.add({ session, request }), redirectUri));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const answer = { error: error.code, error_description: error.message };
      return reply.redirect(answerUrl({ redirectUri, state }, answer), 302);
    }
  });

  app.post<{ Body: URLSearchParams | undefined }>('/login', (incoming, reply) => {
    const form = incoming.body ?? new URLSearchParams();
    const token = form.get('form_token') ?? '';
    const page = openPages.get(token);
    const isFromElsewhere = (incoming.headers.origin ?? issuer()) !== issuer();
    if (page === undefined || page.session !== sessions.of(incoming) || isFromElsewhere) {
      return send(reply.code(403), errorPage('This page has expired', STALE_PAGE));
    }
    const user = users.named(form.get('username') ?? '');
    if (user === undefined) return send(reply.code(400), errorPage('Unknown user', STALE_PAGE));
    openPages.delete(token);
    const authTime = Math.floor(now() / 1_000);
    sessions.start(incoming, reply, { user, authTime });
    const code = grants.codeFor(user, page.request, authTime);
    return reply.redirect(answerUrl(page.request, { code }), 303);
  });

  app.get('/logout', (incoming, reply) => {
    const query = queryOf(incoming);
    const logoutUri = query.get('logout_uri') ?? undefined;
    if (query.get('client_id') !== client.id || !client.mayLogOutTo(logoutUri)) {
      return send(reply.code(400), errorPage('Unknown application', UNKNOWN_CLIENT));
    }
    sessions.start(incoming, reply);
    return reply.redirect(logoutUri, 302);
  });
}

const UNKNOWN_CLIENT =
  'The link names an application or a return address that is not registered. Start from the console instead.';
const STALE_PAGE = 'Go back to the console and sign in again.';

function queryOf({ url }: FastifyRequest): URLSearchParams {
  return new URL(url, 'http://issuer.invalid').searchParams;
}

function send(reply: FastifyReply, { html, contentSecurityPolicy }: Page): FastifyReply {
  return reply
    .headers({ 'content-security-policy': contentSecurityPolicy, 'x-frame-options': 'DENY' })
    .type('text/html; charset=utf-8')
    .send(html);
}
