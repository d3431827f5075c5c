import type Type from 'typebox';

/**
 * The source of a regular expression that matches objects of a schema as JSON.stringify writes them: members in the schema's order,
 * no blanks, no escapes. It matches no other text, so what it matches needs no parsing and no further validation; what
 * it does not match may be valid all the same.
 *
 * Members are strings with a pattern that allows neither quotes nor backslashes, strings of an enumeration, or booleans; the first
 * is required.
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
  throw new TypeError(`The member ${name} has no pattern, enumeration or boolean`);
}
