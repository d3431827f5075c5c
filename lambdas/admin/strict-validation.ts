import { Ajv, type AnySchema } from 'ajv';
import type { FastifyInstance } from 'fastify';

/**
 * Replaces Fastify's validation, which drops unknown members and coerces types. Here an unknown member is refused,
 * because a mistyped name would otherwise count as omitted. Types are coerced only in URL and headers: text only.
 */
export function useStrictValidation(app: FastifyInstance): void {
  const options = { strict: true, verbose: true, useDefaults: false };
  const ofBody = new Ajv(options);
  const ofText = new Ajv({ ...options, coerceTypes: true });
  app.setValidatorCompiler<AnySchema>(({ schema, httpPart }) =>
    (httpPart === 'body' ? ofBody : ofText).compile(schema),
  );
}
