import { Writable } from 'node:stream';
import { type Action, PERMISSIONS } from '@swipegate/contract/back-office/permissions';
import { useProblemDetails } from '@swipegate/http/problem-details';
import { authenticate, authorize, userOf } from '@swipegate/http/sign-in/authenticate';
import { createTokenVerifier, type TokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import { startIssuer } from '@swipegate/infra/local/sign-in/issuer';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Test } from 'tap';

/** Makes an app with a route per action, one listed as open, and one without an action. Collects its log. */
export function smallApp(t: Test, verify: TokenVerifier) {
  const lines: string[] = [];
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const loggerInstance: FastifyBaseLogger = pino({ level: 'trace' }, log);
  const app = Fastify({ loggerInstance });
  t.teardown(() => app.close());
  useProblemDetails(app);
  authenticate(app, verify);
  app.register(async (api) => {
    authorize(api, ['/listed/:id']);
    for (const action of Object.keys(PERMISSIONS).filter(isAction)) {
      api.post(`/${action}`, { config: { action } }, async (request) => {
        const { userId, userName, tenantId, roles } = userOf(request);
        return { userId, userName, tenantId, roles: Array.from(roles) };
      });
    }
    for (const url of ['/listed/:id', '/forgotten'])
      api.get(url, async (request) => ({ user: userOf(request).userName }));
  });
  app.get('/open', async (request) => ({ user: request.user?.userName ?? null }));
  app.get('/closed', async (request) => ({ user: userOf(request).userName }));
  app.get('/broken', async () => {
    throw new Error('on purpose');
  });
  return { app, logged: () => lines.join('') };
}

function isAction(name: string): name is Action {
  return name in PERMISSIONS;
}

/** The same app, with its own local issuer. */
export async function appWithIssuer(t: Test) {
  const issuer = await startIssuer({ redirectUris: [], logoutUris: [] });
  t.teardown(() => issuer.close());
  return { issuer, ...smallApp(t, createTokenVerifier(issuer)) };
}
