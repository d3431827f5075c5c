import { consoleHeaders } from '@swipegate/console/security-headers';
import Fastify from 'fastify';
import { consoleFiles } from '../../bundle/bundle-console.js';

/** What config.json says beside the console's files. */
export interface ConsoleConfig {
  /** Of the admin API, without a slash at its end. */
  apiUrl: string;
  /** Of the users' tokens, to the letter. */
  issuer: string;
  clientId: string;
}

export interface ConsoleOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** Called at each request where it is a function, for the API must know the console's origin before it runs. */
  config: ConsoleConfig | (() => ConsoleConfig);
  /** What else the page asks: the bucket that files are uploaded to. */
  uploadsUrl?: string | undefined;
}

export interface ConsoleServer {
  /** Of the page, as a browser of this machine reaches it, with the slash at its end: where a sign-in leads back to. */
  url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  map: 'application/json; charset=utf-8',
};

/** Serves the back office's console, as S3 and CloudFront do on AWS: its files, made in memory, and config.json. */
export async function startConsole({ port, host, config, uploadsUrl }: ConsoleOptions): Promise<ConsoleServer> {
  const app = Fastify({ forceCloseConnections: true });
  const files = new Map((await consoleFiles()).map(({ path, contents }) => [path, contents]));
  const currentConfig = () => {
    const { apiUrl, issuer, clientId } = typeof config === 'function' ? config() : config;
    return { apiUrl, issuer, clientId };
  };
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(consoleHeaders({ ...currentConfig(), ...(uploadsUrl && { others: [uploadsUrl] }) }));
  });
  app.get('/config.json', async () => currentConfig());
  app.get<{ Params: { '*': string } }>('/*', async ({ params }, reply) => {
    const path = params['*'] === '' ? 'index.html' : params['*'];
    const contents = files.get(path);
    if (contents === undefined) return reply.callNotFound();
    return reply.type(TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream').send(contents);
  });
  const address = await app.listen({ port, host });
  return { url: `${address}/`, close: () => app.close() };
}
