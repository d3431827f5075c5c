import { consoleHeaders } from '@swipegate/console/security-headers';
import { refuseForeignCallers } from '@swipegate/http/foreign-callers';
import Fastify from 'fastify';
import { consoleFiles } from '../../bundle/bundle-console.js';

/** Content of config.json, next to the console's files. */
export interface ConsoleConfig {
  /** URL of the admin API, without a trailing slash. */
  apiUrl: string;
  /** URL of the gateway, without a trailing slash. Undefined: the console has no live pages. */
  gatewayUrl?: string | undefined;
  /** Must equal the `iss` of the users' tokens exactly. */
  issuer: string;
  clientId: string;
}

export interface ConsoleOptions {
  /** 0 chooses a free port. */
  port: number;
  host: string;
  /** A function is called at each request: the API's URL may be known only after the console has started. */
  config: ConsoleConfig | (() => ConsoleConfig);
  /** URL of the bucket that the page uploads files to. */
  uploadsUrl?: string | undefined;
}

export interface ConsoleServer {
  /** With the trailing slash: a sign-in redirects back to it, and so does the page at localhost. */
  url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  map: 'application/json; charset=utf-8',
};

/** Serves the console like S3 and CloudFront on AWS: its files, bundled in memory when first asked for, and config.json. */
export async function startConsole({ port, host, config, uploadsUrl }: ConsoleOptions): Promise<ConsoleServer> {
  const app = Fastify({ forceCloseConnections: true });
  let url = '';
  let files: ReturnType<typeof consoleFiles> | undefined;
  const currentConfig = () => (typeof config === 'function' ? config() : config);
  app.addHook('onRequest', async (_request, reply) => {
    const { gatewayUrl, ...config } = currentConfig();
    const others = [uploadsUrl, gatewayUrl].flatMap((peer) => peer ?? []);
    reply.headers(consoleHeaders({ ...config, others }));
  });
  // The admin API and the sign-in know one origin. A page that was opened at another name of this machine moves there.
  app.addHook('onRequest', async ({ host: asked, url: target }, reply) => {
    const { host: own, origin } = new URL(url);
    const isPage = ['/', '/index.html'].includes(target.split('?')[0] ?? '');
    if (isPage && asked !== own) return reply.redirect(`${origin}${target}`, 307);
  });
  app.get('/config.json', async () => currentConfig());
  app.get<{ Params: { '*': string } }>('/*', async ({ params }, reply) => {
    const path = params['*'] === '' ? 'index.html' : params['*'];
    // At the first request: bundling takes longer than the rest of the back office's start.
    files ??= consoleFiles();
    const contents = (await files).find((file) => file.path === path)?.contents;
    if (contents === undefined) return reply.callNotFound();
    return reply.type(TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream').send(contents);
  });
  refuseForeignCallers(app.server);
  url = `${await app.listen({ port, host })}/`;
  return { url, close: () => app.close() };
}
