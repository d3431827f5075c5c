import { nameKey, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { plainText } from '@swipegate/contract/values/plain-text';
import { ERASED_NAME } from '@swipegate/lambdas/stores/employee-row';

/**
 * Replaces everyone's employeeId. A pseudonym per person would still link their changes, and so be personal data
 * (Article 4 (5) and recital 26 of the GDPR).
 */
export const ERASED_ID = 'erased';

const NEWLINE = 0x0a;
/** Ids contain none of these. */
const CELL_ENDS = /[,;|\t\r\n"=]/;

/** Members that hold free text, written by people or generated as sentences. */
const FREE_TEXT = new Set(['why', 'reason', 'problem']);
/** Members that identify a person. Other ids and keys may have the same text. */
const OF_EMPLOYEE = new Set(['employeeId', 'employeeKey', 'hostId', 'nameKey']);
const NAMES_SOMETHING = /(?:Id|Ids|Key)$|^occupants$/;

/** The person whose data to erase. A dry run only counts. */
export interface Erasing {
  person: Person;
  dryRun: boolean;
}

/** The person to erase, with the tests for whether data is about them. */
export class Person {
  readonly tenantId: string;
  readonly employeeId: string;
  /** Key in the employees table and in the indexes by employee. */
  readonly employeeKey: string;
  readonly #name: string | undefined;
  readonly #inSentence: RegExp;

  /** @param name the former name, in any case; without it, no search by name */
  constructor({ tenantId, employeeId, name }: { tenantId: string; employeeId: string; name?: string | undefined }) {
    this.tenantId = tenantId;
    this.employeeId = employeeId;
    this.employeeKey = tenantKey(tenantId, employeeId);
    this.#name = name === undefined ? undefined : folded(name);
    const id = employeeId.replaceAll('.', '\\.');
    // The id may be followed by a full stop, and may itself contain dots.
    this.#inSentence = new RegExp(`(?<![A-Za-z0-9_-]|[A-Za-z0-9][.:])${id}(?![A-Za-z0-9_-]|[.:][A-Za-z0-9])`);
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

  /** Whether a CSV file has a cell with their id, whatever its separator, also in a line that the import refused. */
  isInCsv(text: string): boolean {
    return plainText(text)
      .split(CELL_ENDS)
      .some((cell) => cell.trim() === this.employeeId);
  }

  /** Whether a row, a JSON document or a text contains their name, in any case. */
  isNamedIn(value: unknown): boolean {
    const name = this.#name;
    return name !== undefined && someText(value, (text) => folded(text).includes(name));
  }
}

function folded(text: string): string {
  return plainText(text).toLocaleLowerCase('en-US');
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

/**
 * Removes the person from a JSON document: their id, the keys made from it, and the name beside it. Members keep their
 * order. Pure and idempotent.
 */
export function withoutPerson(value: unknown, person: Person): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutPerson(each, person));
  if (typeof value !== 'object' || value === null) return value;
  const isTheirs = 'employeeId' in value && value.employeeId === person.employeeId;
  return Object.fromEntries(
    Object.entries(value).map(([member, each]) => [
      member,
      // A visit says more about the visitor than the id: their company, and whom they visited.
      isTheirs && member === 'visit' ? withoutVisitor(each) : erased(member, each, { isTheirs, person }),
    ]),
  );
}

function withoutVisitor(visit: unknown): unknown {
  if (typeof visit !== 'object' || visit === null) return visit;
  return { ...visit, ...('company' in visit && { company: ERASED_NAME }), hostId: ERASED_ID };
}

function erased(member: string, value: unknown, { isTheirs, person }: { isTheirs: boolean; person: Person }): unknown {
  if (typeof value !== 'string') return withoutPerson(value, person);
  switch (member) {
    case 'employeeId':
      return isTheirs ? ERASED_ID : value;
    case 'employeeKey':
      return value === person.employeeKey ? tenantKey(person.tenantId, ERASED_ID) : value;
    case 'nameKey':
      return value.endsWith(`#${person.employeeId}`) ? nameKey({ name: ERASED_NAME, employeeId: ERASED_ID }) : value;
    case 'hostId':
      return value === person.employeeId ? ERASED_ID : value;
    case 'name':
      return isTheirs ? ERASED_NAME : value;
    default:
      return value;
  }
}

/** Removes the id of the person from the reason of a rejection, as lambdas/change-apply writes it. */
export function reasonWithoutPerson(reason: string, { employeeId }: Person): string {
  const id = employeeId.replaceAll('.', '\\.');
  const named = new RegExp(`(linked to |employee )${id}(?![A-Za-z0-9_-]|[.:][A-Za-z0-9])`, 'g');
  return reason.replaceAll(named, `$1${ERASED_ID}`);
}

/**
 * Removes the holder from a decision or placement. Cards without a holder lack the member too.
 * @returns undefined when the value is not about the person
 */
export function withoutHolder(value: unknown, { tenantId, employeeId }: Person): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('employeeId' in value) || value.employeeId !== employeeId) return undefined;
  if (!('tenantId' in value) || value.tenantId !== tenantId) return undefined;
  const { employeeId: _, ...rest } = value;
  return rest;
}

/**
 * Removes the person from JSON lines (archived decisions, placements). All other lines keep their bytes.
 * @returns undefined when no line is about them
 */
export function linesWithoutPerson(text: Buffer, person: Person): { text: Buffer; lines: number } | undefined {
  const id = Buffer.from(person.employeeId);
  const parts: Buffer[] = [];
  let lines = 0;
  let copied = 0;
  for (let at = text.indexOf(id); at !== -1; ) {
    const start = text.lastIndexOf(NEWLINE, at) + 1;
    const newline = text.indexOf(NEWLINE, at);
    const end = newline === -1 ? text.length : newline;
    const rest = withoutHolder(jsonAttribute(text.subarray(start, end)), person);
    if (rest !== undefined) {
      parts.push(text.subarray(copied, start), Buffer.from(JSON.stringify(rest)));
      copied = end;
      lines += 1;
    }
    at = end === text.length ? -1 : text.indexOf(id, end);
  }
  return lines === 0 ? undefined : { text: Buffer.concat([...parts, text.subarray(copied)]), lines };
}
