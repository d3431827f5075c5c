import type { FastifyInstance } from 'fastify';
import { badParameter } from './list-parameters.js';

/** Rejects unknown query parameters with `bad-request`: ignoring a mistyped `from` would return too much data. */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const known = knownParameters(request.routeOptions.schema?.querystring);
    const unknown = Object.keys(request.query ?? {}).find((name) => !known.includes(name));
    if (unknown === undefined) return done();
    const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    done(badParameter(unknown, `is not a parameter of this resource: ${list}`));
  });
}

function knownParameters(schema: unknown): string[] {
  const has = typeof schema === 'object' && schema !== null && 'properties' in schema;
  return has && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
}
