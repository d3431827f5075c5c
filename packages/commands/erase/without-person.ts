import { nameKey, tenantKey } from '@swipegate/contract';
import { ERASED_NAME } from '@swipegate/lambdas/change-apply/employee-rules';
import type { Person } from './person.js';

/**
 * What stands where an employeeId stood: the same for everybody who is erased. A pseudonym of each person's own would still
 * say which changes are of one person, and so be personal data (Article 4 (5) and recital 26 of the GDPR); and a random one
 * would be another after a run that was broken off.
 */
export const ERASED_ID = 'erased';

/**
 * A change, effects or another JSON document as it was, but for the person: their id, the keys that are made of it, and the
 * name beside it. Members keep their order. Pure; done twice it is the same.
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

/** Why a change was rejected, in the words of lambdas/change-apply, without the id of the person. */
export function reasonWithoutPerson(reason: string, { employeeId }: Person): string {
  const id = employeeId.replaceAll('.', '\\.');
  const named = new RegExp(`(linked to |employee )${id}(?![A-Za-z0-9_-]|[.:][A-Za-z0-9])`, 'g');
  return reason.replaceAll(named, `$1${ERASED_ID}`);
}

/** A decision, or where somebody was put: without the member. Its lack is what a card that is nobody's has. */
export function withoutHolder(value: unknown, { tenantId, employeeId }: Person): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('employeeId' in value) || value.employeeId !== employeeId) return undefined;
  if (!('tenantId' in value) || value.tenantId !== tenantId) return undefined;
  const { employeeId: _, ...rest } = value;
  return rest;
}

const NEWLINE = 0x0a;

/**
 * JSON lines (decisions of the archive, placements) without the person; all other lines are the bytes that they were.
 * @returns undefined where none is about them
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
