import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { portOf, urlOf } from '../processes/ports.js';
import { Access } from './access.js';
import { readAssets } from './assets.js';
import type { Moment } from './browser/page-data.js';
import { type GatewayQuery, GatewaySilentError, queryGateway } from './gateway-queries.js';
import { CONTENT_SECURITY_POLICY, OPS_PAGE, SIGN_IN_PAGE } from './page.js';
import { historyOf, Recorder } from './recorder.js';

export interface OpsOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  operatorKey: string;
}

export interface Watched {
  gatewayUrl: string;
  /** Metrics of the other processes, as Prometheus text. */
  otherMetricsUrls: readonly string[];
}

export interface OpsServer {
  url: string;
  port: number;
  watch(watched: Watched): void;
  close(): Promise<void>;
}

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const SESSION_BODY = {
  type: 'object',
  required: ['key'],
  properties: { key: { type: 'string', maxLength: 256 } },
} as const;

/** Serves the page at /ops: the CloudWatch dashboard's widgets and alarms, live for one machine. */
export async function startOps({ port, host, operatorKey }: OpsOptions): Promise<OpsServer> {
  const app = Fastify({ forceCloseConnections: true });
  const access = new Access(operatorKey);
  const assets = await readAssets();
  const readers = new Set<FastifyReply>();
  let watched: Watched | undefined;
  let recorder: Recorder | undefined;

  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS);
  });
  app.get('/', async (_request, reply) => reply.redirect('/ops'));
  // Public: the assets hold no secrets, and the sign-in page needs them.
  app.get<{ Params: { '*': string } }>('/ops/*', async ({ params }, reply) => {
    const asset = assets.get(params['*']);
    if (asset === undefined) return reply.callNotFound();
    return reply.type(asset.type).send(asset.content);
  });
  app.get('/ops', async (request, reply) => {
    reply.type(HTML);
    if (access.isGranted(request)) return OPS_PAGE;
    return reply.code(401).header('www-authenticate', 'Bearer realm="swipegate"').send(SIGN_IN_PAGE);
  });
  app.post<{ Body: { key: string } }>('/ops/session', { schema: { body: SESSION_BODY } }, async ({ body }, reply) => {
    const cookie = access.open(body.key);
    if (cookie === undefined) return problem(reply, 403, 'Forbidden', 'Not the operator’s key.');
    return reply.header('set-cookie', cookie).code(204).send();
  });
  app.register(async (data) => dataRoutes(data));

  await app.listen({ port, host });
  return {
    url: `${urlOf(app.server, host)}/ops`,
    port: portOf(app.server),
    watch(next) {
      watched = next;
      recorder = new Recorder({
        gatewayMetricsUrl: `${next.gatewayUrl}/metrics`,
        otherMetricsUrls: next.otherMetricsUrls,
        onMoment: send,
      });
    },
    async close() {
      await recorder?.stop();
      for (const reader of readers) reader.raw.end();
      await app.close();
    },
  };

  function dataRoutes(data: FastifyInstance): void {
    data.addHook('onRequest', async (request, reply) => {
      if (access.isGranted(request)) return;
      reply.header('www-authenticate', 'Bearer realm="swipegate"');
      return problem(reply, 401, 'Unauthorized', 'Sign in at /ops with the operator’s key.');
    });
    data.get('/ops/history', async () => historyOf(recorder?.moments ?? []));
    // Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), one moment per second.
    data.get('/ops/stream', (request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' }).flushHeaders();
      readers.add(reply);
      request.raw.on('close', () => readers.delete(reply));
    });
    for (const query of ['denials', 'silent-readers'] satisfies GatewayQuery[]) {
      data.get(`/ops/${query}`, async (_request, reply) => {
        const starting = 'The gateway is still starting. Try again in a moment.';
        if (watched === undefined) return problem(reply, 503, 'Not started yet', starting);
        try {
          return reply.type(JSON_TYPE).send(await queryGateway(query, watched.gatewayUrl, operatorKey));
        } catch (error) {
          if (!(error instanceof GatewaySilentError)) throw error;
          return problem(reply, 502, 'Bad Gateway', error.message);
        }
      });
    }
  }

  function send(moment: Moment): void {
    const event = `data: ${JSON.stringify(moment)}\n\n`;
    for (const reader of readers) {
      // A slow reader skips moments; each one is complete in itself.
      if (!reader.raw.writableNeedDrain) reader.raw.write(event);
    }
  }
}

/** RFC 9457. */
function problem(reply: FastifyReply, status: number, title: string, detail: string) {
  return reply.code(status).type('application/problem+json').send(JSON.stringify({ title, status, detail }));
}
