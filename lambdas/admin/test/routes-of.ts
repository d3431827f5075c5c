import type { FastifyInstance } from 'fastify';

const LINE = /^((?:[│ ] {3})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/;

/** Lists the routes of a ready app as `METHOD /path/:param`, without HEAD. */
export function routesOf(app: FastifyInstance): string[] {
  const path: string[] = [];
  const routes: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    if (line === '') continue;
    const [, indent, part, methods] = LINE.exec(line) ?? [];
    if (indent === undefined || part === undefined) throw new Error(`Cannot read a route from ${line}`);
    path.length = indent.length / 4;
    path.push(part);
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD') routes.push(`${method} ${path.join('')}`);
    }
  }
  return routes.sort();
}
