import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Serves OpenAPI 3.1, built from the routes' schemas, at /docs (page) and /docs/json. Register before the routes. */
export async function useDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Swipegate API',
        version: '0.2.0',
        description:
          'Card readers post swipes and read their decisions. Operators read decisions, alarms and the people inside. ' +
          'Every error is problem+json (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          readerKey: { type: 'http', scheme: 'bearer', description: 'The key of a reader or a door controller' },
          operatorKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'The key of an operator. It can read the whole tenant',
          },
          accessToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Access token of a user of the back office, whose role must allow the request',
          },
        },
      },
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `schema-${index}`),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Swipegate API' },
    // The plugin's default policy has upgrade-insecure-requests, which breaks the page over plain HTTP.
    staticCSP: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  });
}
