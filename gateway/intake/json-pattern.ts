import type Type from 'typebox';

/**
 * Returns the source of a regular expression for the objects of a schema as JSON.stringify writes them: members in
 * the schema's order, no blanks, no escapes. Text that matches is valid and needs no parsing. Text that does not
 * match may still be valid.
 *
 * Each member must be a string with a pattern that excludes quotes and backslashes, an enumeration of strings, or a
 * boolean. The first member must be required.
 * @throws {TypeError} for a member of any other type
 */
export function jsonPattern(schema: Type.TObject): string {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties).map(([name, member], i) => {
    const text = `${i === 0 ? '' : ','}"${name}":${valuePattern(name, member)}`;
    return required.has(name) ? text : `(?:${text})?`;
  });
  return `\\{${members.join('')}\\}`;
}

function valuePattern(name: string, schema: Type.TSchema): string {
  const pattern: unknown = Reflect.get(schema, 'pattern');
  const values: unknown = Reflect.get(schema, 'enum');
  if (Reflect.get(schema, 'type') === 'boolean') return '(?:true|false)';
  if (typeof pattern === 'string' && /^\^.*\$$/.test(pattern)) return `"(?:${pattern.slice(1, -1)})"`;
  if (Array.isArray(values) && values.every((value) => /^\w+$/.test(String(value)))) return `"(?:${values.join('|')})"`;
  throw new TypeError(`The member ${name} must have a pattern or an enumeration, or be a boolean`);
}
