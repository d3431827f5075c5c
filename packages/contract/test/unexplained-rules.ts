import { explain } from '../values/validation.js';

/** Keywords that only describe a schema, or whose errors name a member by themselves. */
const SILENT = new Set([
  ...['$id', '$ref', 'description', 'examples', 'default', 'title', 'readOnly', 'deprecated', 'onAws'],
  ...['properties', 'patternProperties', 'required', 'additionalProperties', 'items', 'anyOf'],
]);

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

/** Returns the rules of all schemas in a document, such as an OpenAPI description, whose errors do not say what is allowed. */
export function unexplainedRules(document: unknown): string[] {
  const found = new Set<string>();
  look(document);
  return Array.from(found).sort();

  function look(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    // `allowed`: the words of an environment variable.
    if ('type' in value && TYPES.has(value.type) && !('allowed' in value)) check({ ...value });
    for (const each of Object.values(value)) look(each);
  }

  function check(schema: Record<string, unknown>): void {
    for (const [keyword, rule] of Object.entries(schema)) {
      if (SILENT.has(keyword) || keyword.startsWith('~')) continue;
      const error = { keyword, instancePath: '', schemaPath: '', params: {}, parentSchema: schema, data: '\u0000' };
      const { reason } = explain([error]);
      if (/is not valid|text that matches/.test(reason)) found.add(`${keyword}: ${String(rule)}`);
    }
  }
}
