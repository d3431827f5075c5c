/** A variable as its schema has it, each part as a cell of a table. */
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

/** What of a JSON schema says what a variable may be. */
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
 * @param properties of a schema: the variables by their names, in the order in which they are to be told
 * @throws {UndescribedError} naming the variable that says nothing of itself
 */
export function variablesOf(properties: Readonly<Record<string, Rules>>): Variable[] {
  return Object.entries(properties).map(([name, rules]) => {
    if (typeof rules.description !== 'string') {
      throw new UndescribedError(`${name} has no description: its schema wants one, for those who are to set it.`);
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

/** A bar would end the cell, in code as well. */
function code(value: unknown): string {
  return `\`${String(value).replaceAll('|', '\\|')}\``;
}
