/** An environment variable from a schema; each field is the Markdown of one table cell. */
export interface Variable {
  name: string;
  default: string;
  allowed: string;
  meaning: string;
}

export class UndescribedError extends Error {
  override readonly name = 'UndescribedError';
  readonly code = 'VARIABLE_UNDESCRIBED';
}

/** The parts of a JSON schema that restrict a variable. */
interface Rules {
  enum?: readonly unknown[];
  type?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  maxLength?: unknown;
  pattern?: unknown;
  default?: unknown;
  description?: unknown;
}

/**
 * @param properties of a schema: the variables by name, in output order
 * @throws {UndescribedError} VARIABLE_UNDESCRIBED, naming the variable without a description
 */
export function variablesOf(properties: Readonly<Record<string, Rules>>): Variable[] {
  return Object.entries(properties).map(([name, rules]) => {
    if (typeof rules.description !== 'string') {
      throw new UndescribedError(`${name} has no description: add one to its schema.`);
    }
    return {
      name: code(name),
      default: rules.default === undefined ? 'none' : code(rules.default),
      allowed: allowedBy(rules),
      meaning: rules.description.replaceAll('|', '\\|'),
    };
  });
}

function allowedBy(rules: Rules): string {
  if (rules.enum !== undefined) return rules.enum.map(code).join(', ');
  if (rules.type === 'integer') return `${code(rules.minimum)} to ${code(rules.maximum)}`;
  return [
    rules.pattern === undefined ? 'text' : code(rules.pattern),
    ...(rules.maxLength === undefined ? [] : [`at most ${String(rules.maxLength)} characters`]),
  ].join(', ');
}

/** Escapes bars: they end a table cell even inside code. */
function code(value: unknown): string {
  return `\`${String(value).replaceAll('|', '\\|')}\``;
}
