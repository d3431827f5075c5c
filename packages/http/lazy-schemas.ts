import { type SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifySchemaCompiler } from 'fastify';

type Validator = ReturnType<FastifySchemaCompiler<unknown>>;

/** Returns a validator that is compiled when it is first called: compiling all takes longer than the rest of a start. */
export function lazyValidator(compile: () => Validator): Validator {
  let compiled: Validator | undefined;
  const validate: Validator = (value: unknown) => {
    compiled ??= compile();
    const result = compiled(value);
    validate.errors = compiled.errors ?? null;
    return result;
  };
  return validate;
}

const standard = SerializerSelector();

/**
 * Compiles the serializer of an answer when it is first sent, with only the schemas that it refers to. Fastify compiles
 * all of them at start, and checks every shared schema again in each: most of the CPU of the admin API's start.
 */
const lazily: SerializerFactory = (shared, options) => (route) => {
  let serialize: ((value: unknown) => string) | undefined;
  return (value: unknown) => {
    serialize ??= standard(referredTo(route.schema, shared ?? {}), options)(route);
    return serialize(value);
  };
};

/** Fastify's option `schemaController` with serializers that are compiled when they are first used. */
export const LAZY_SERIALIZERS = { compilersFactory: { buildSerializer: lazily } };

/** Those of the shared schemas, by `$id`, that a schema needs, with all that these refer to. */
function referredTo(schema: unknown, shared: object): Record<string, unknown> {
  const all = new Map<string, unknown>(Object.entries(shared));
  const needed: Record<string, unknown> = {};
  const waiting = [schema];
  for (const next of waiting) {
    for (const [, id = ''] of JSON.stringify(next).matchAll(/"\$ref":"([^"#]+)/g)) {
      if (id in needed || !all.has(id)) continue;
      needed[id] = all.get(id);
      waiting.push(needed[id]);
    }
  }
  return needed;
}
