import type { ImportNote } from '@swipegate/contract';
import { COLUMN_ALIASES, type ImportColumns } from '@swipegate/contract/back-office/import-columns';
import { type CsvRow, foldedColumn, nearestColumn } from '@swipegate/contract/values/csv-rows';
import { ImportFileError } from './import-file-error.js';

export interface Header {
  /** Name of the known column at each position; undefined if the column is ignored, empty if it has no name. */
  names: readonly (string | undefined)[];
  notes: ImportNote[];
}

interface HeaderCell {
  /** As in the file. */
  text: string;
  name: string | undefined;
  /** The text is another name of the column. */
  isAlias: boolean;
}

/** Longest name of a column in a message. */
const LONGEST = 64;

/**
 * Finds the known columns in a header line, up to the last cell that has a name. An unknown column is ignored, and a
 * note names it.
 * @throws {ImportFileError} naming what is missing or twice, the nearest name, and all that is allowed
 */
export function readHeader(row: CsvRow, { required, optional }: ImportColumns): Header {
  if (row.fault !== undefined) throw new ImportFileError(`The header ${row.fault}.`);
  const known = [...required, ...optional];
  const cells = ofColumns(row.cells.slice(0, row.cells.findLastIndex((name) => name !== '') + 1), known);
  const unknown = cells.filter(({ name }) => name === undefined).map(({ text }) => text.slice(0, LONGEST));
  const missing = required.filter((name) => cells.every((cell) => cell.name !== name));
  if (missing.length > 0) {
    const allowed = `Required: ${required.join(', ')}. Optional: ${optional.join(', ')}.`;
    const given = cells.flatMap(({ text }) => (text === '' ? [] : [text]));
    const lacks = `The header lacks ${missing.join(', ')}. It has: ${given.join(', ').slice(0, 256)}.`;
    throw new ImportFileError(`${lacks}${meantBy(unknown, missing)} ${allowed}`);
  }
  for (const name of known) {
    const [first, second] = cells.filter((cell) => cell.name === name);
    if (first === undefined || second === undefined) continue;
    const both = first.text === second.text ? `has ${first.text} twice` : `has ${first.text} and ${second.text}`;
    throw new ImportFileError(`The header ${both}: both mean ${name}. Remove or rename one of them.`);
  }
  return { names: cells.map(({ name }) => name), notes: notesOf(cells, unknown, known) };
}

/** A column with the name itself counts before one with an alias: the other is then unknown. */
function ofColumns(texts: readonly string[], known: readonly string[]): HeaderCell[] {
  const exact = new Map(known.map((name) => [foldedColumn(name), name]));
  const aliases = new Map(
    known.flatMap((name) => (COLUMN_ALIASES[name] ?? []).map((alias) => [foldedColumn(alias), name] as const)),
  );
  const named = new Set(texts.map((text) => exact.get(foldedColumn(text))));
  return texts.map((text) => {
    if (text === '') return { text, name: '', isAlias: false };
    const own = exact.get(foldedColumn(text));
    if (own !== undefined) return { text, name: own, isAlias: false };
    const meant = aliases.get(foldedColumn(text));
    return { text, name: named.has(meant) ? undefined : meant, isAlias: true };
  });
}

function notesOf(cells: readonly HeaderCell[], unknown: readonly string[], known: readonly string[]): ImportNote[] {
  const renamed = cells.filter(({ isAlias, name }) => isAlias && name !== undefined);
  const unused = known.filter((name) => cells.every((cell) => cell.name !== name));
  const notes: ImportNote[] = [];
  if (renamed.length > 0) {
    const examples = renamed.map(({ text, name }) => `${text.slice(0, LONGEST)} = ${name}`);
    notes.push({ code: 'columns-renamed', message: 'Columns with another name are read as these.', examples });
  }
  if (unknown.length > 0) {
    const message = `Columns that the import does not know are ignored.${meantBy(unknown, unused)}`;
    notes.push({ code: 'columns-ignored', message, examples: [...unknown] });
  }
  return notes;
}

/** Returns a question for each missing column that an unknown one probably means. */
function meantBy(unknown: readonly string[], missing: readonly string[]): string {
  const names = missing.flatMap((name) => [name, ...(COLUMN_ALIASES[name] ?? [])].map((each) => [each, name] as const));
  const nameOf = new Map(names);
  return unknown
    .flatMap((text) => {
      const meant = nameOf.get(nearestColumn(text, [...nameOf.keys()]) ?? '');
      return meant === undefined ? [] : [` Does ${text} mean ${meant}? Rename it.`];
    })
    .join('');
}
