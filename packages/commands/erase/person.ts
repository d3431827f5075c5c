import { tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';

/** Members that hold free text, written by people or generated as sentences. */
const FREE_TEXT = new Set(['why', 'reason', 'problem']);
/**
 * Members that identify a person. Other id and key members identify something else, which may have an id of the same
 * text.
 */
const OF_EMPLOYEE = new Set(['employeeId', 'employeeKey', 'nameKey']);
const NAMES_SOMETHING = /(?:Id|Ids|Key)$|^occupants$/;

/** The person to erase, with the tests for whether data is about them. */
export class Person {
  readonly tenantId: string;
  readonly employeeId: string;
  /** Key in the employees table and in the indexes by employee. */
  readonly employeeKey: string;
  readonly #name: string | undefined;
  readonly #inSentence: RegExp;
  readonly #inCell: RegExp;

  /** @param name the former name, in any case; without it, no search by name */
  constructor({ tenantId, employeeId, name }: { tenantId: string; employeeId: string; name?: string | undefined }) {
    this.tenantId = tenantId;
    this.employeeId = employeeId;
    this.employeeKey = tenantKey(tenantId, employeeId);
    this.#name = name === undefined ? undefined : folded(name);
    const id = employeeId.replaceAll('.', '\\.');
    // The id may be followed by a full stop, and may itself contain dots.
    this.#inSentence = new RegExp(`(?<![A-Za-z0-9_-]|[A-Za-z0-9][.:])${id}(?![A-Za-z0-9_-]|[.:][A-Za-z0-9])`);
    this.#inCell = new RegExp(`(?:^|[,"\\uFEFF])[ \\t]*${id}[ \\t]*(?=$|[,"\\r])`, 'm');
  }

  get isNamed(): boolean {
    return this.#name !== undefined;
  }

  /** Whether a row or a JSON document holds their id. Strings that contain JSON are searched too. */
  isIn(value: unknown): boolean {
    return someText(value, (text, member) => {
      if (FREE_TEXT.has(member)) return this.isInSentence(text);
      if (NAMES_SOMETHING.test(member) && !OF_EMPLOYEE.has(member)) return false;
      return text === this.employeeId || text === this.employeeKey || text.endsWith(`#${this.employeeId}`);
    });
  }

  /** Whether a text names them by id. Always false for an id of digits only: `room 42` is not a person. */
  isInSentence(text: string): boolean {
    return !/^\d+$/.test(this.employeeId) && this.#inSentence.test(text);
  }

  /** Whether a CSV file has a cell with their id. */
  isInCsv(text: string): boolean {
    return this.#inCell.test(text);
  }

  /** Whether a row, a JSON document or a text contains their name, in any case. */
  isNamedIn(value: unknown): boolean {
    const name = this.#name;
    return name !== undefined && someText(value, (text) => folded(text).includes(name));
  }
}

function folded(text: string): string {
  return text.normalize('NFC').toLocaleLowerCase('en-US');
}

function someText(value: unknown, isIt: (text: string, member: string) => boolean, member = ''): boolean {
  if (typeof value === 'string') {
    if (isIt(value, member)) return true;
    return /^[{[]/.test(value) && someText(jsonAttribute(value), isIt, member);
  }
  if (Array.isArray(value)) return value.some((each) => someText(each, isIt, member));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, each]) => someText(each, isIt, name));
}
