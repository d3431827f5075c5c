import { invalidParameter } from './invalid-parameter.js';

/**
 * Request of AWS's query protocol (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html): a form whose names encode
 * lists and maps, e.g. `Attributes.entry.1.key`.
 */
export class QueryForm {
  readonly #fields: URLSearchParams;
  readonly #prefix: string;

  constructor(fields: URLSearchParams, prefix = '') {
    this.#fields = fields;
    this.#prefix = prefix;
  }

  get(name: string): string | undefined {
    return this.#fields.get(this.#prefix + name) ?? undefined;
  }

  /** Returns a required field. @throws {ServiceError} InvalidParameter */
  need(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === '') throw invalidParameter(name);
    return value;
  }

  /** Items of a list of structures. */
  list(name: string): QueryForm[] {
    return this.#numbered(`${name}.member`);
  }

  /** Entries of a map, with the fields `key` and `value`, or `Name` and `Value`. */
  entries(name: string): QueryForm[] {
    return this.#numbered(`${name}.entry`);
  }

  #numbered(name: string): QueryForm[] {
    const found: QueryForm[] = [];
    const names = Array.from(this.#fields.keys());
    for (;;) {
      const prefix = `${this.#prefix}${name}.${found.length + 1}.`;
      if (!names.some((field) => field.startsWith(prefix))) return found;
      found.push(new QueryForm(this.#fields, prefix));
    }
  }
}
