import { Ajv, type AnySchema } from 'ajv';
import type { FastifyInstance } from 'fastify';

/**
 * Fastify's own validation drops members that it does not know, and makes a number of a text. Here a member that is not known
 * is refused, for a mistyped one would pass for one that was left out; and only what cannot be but text, in the URL, is read
 * as what its schema wants.
 */
export function useStrictValidation(app: FastifyInstance): void {
  const options = { strict: true, verbose: true, useDefaults: false };
  const ofBody = new Ajv(options);
  const ofText = new Ajv({ ...options, coerceTypes: true });
  app.setValidatorCompiler<AnySchema>(({ schema, httpPart }) =>
    (httpPart === 'body' ? ofBody : ofText).compile(schema),
  );
}
