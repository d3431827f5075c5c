import { nameKey, tenantKey } from '@swipegate/contract';
import { ERASED_NAME } from '@swipegate/lambdas/change-apply/employee-rules';
import type { Person } from './person.js';

/**
 * Replaces the employeeId, the same for everyone. A pseudonym per person would still link their changes, and so be
 * personal data (Article 4 (5) and recital 26 of the GDPR); a random one would differ when an interrupted run is
 * repeated.
 */
export const ERASED_ID = 'erased';

/**
 * Removes the person from a change, effects or another JSON document: their id, the keys made from it, and the name
 * beside it. Members keep their order. Pure and idempotent.
 */
export function withoutPerson(value: unknown, person: Person): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutPerson(each, person));
  if (typeof value !== 'object' || value === null) return value;
  const isTheirs = 'employeeId' in value && value.employeeId === person.employeeId;
  return Object.fromEntries(
    Object.entries(value).map(([member, each]) => [member, erased(member, each, { isTheirs, person })]),
  );
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

const NEWLINE = 0x0a;

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
    const rest = withoutHolder(parsed(text.subarray(start, end)), person);
    if (rest !== undefined) {
      parts.push(text.subarray(copied, start), Buffer.from(JSON.stringify(rest)));
      copied = end;
      lines += 1;
    }
    at = end === text.length ? -1 : text.indexOf(id, end);
  }
  return lines === 0 ? undefined : { text: Buffer.concat([...parts, text.subarray(copied)]), lines };
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
