import { compile, explain } from '@swipegate/contract';
import { fit } from '@swipegate/terminal/fit';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { type Fault, fieldOf, type Path, type SiteEntries } from './entries.js';
import { entriesIn } from './entries-in-file.js';
import { hoursFault } from './hours.js';
import { SiteFile } from './site-file.js';

/** A site file is not valid. The message has one line for each fault, with its line and column. */
export class SiteFileInvalidError extends Error {
  override readonly name = 'SiteFileInvalidError';
  readonly code = 'SITE_FILE_INVALID';
}

const MOST_FAULTS = 20;
const MOST_ALIASES = 1_000;
const isSiteFile = compile(SiteFile);

/**
 * Reads the text of a site file. Pure.
 * @param name of the file, for messages
 * @throws {SiteFileInvalidError}
 */
export function readSiteFile(text: string, name: string): SiteEntries {
  const lines = new LineCounter();
  // TextDecoder and YAML both allow a byte-order mark; the counter would count it.
  const document = parseDocument(text.replace(/^\ufeff/, ''), {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const refuse = (faults: readonly string[]): never => {
    const shown = faults.slice(0, MOST_FAULTS);
    const more = faults.length - shown.length;
    throw new SiteFileInvalidError([...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'));
  };
  if (document.errors.length > 0) {
    // A fault of the form often causes the ones after it.
    const form = document.errors.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
    const errors = form === -1 ? document.errors : document.errors.slice(0, form + 1);
    refuse(errors.map((error) => `${at(error.pos[0])}: is not valid YAML: ${yamlFault(error)}`));
  }
  visit(document, {
    Alias(_, alias, around) {
      const anchored = alias.resolve(document);
      const { source } = alias;
      const place = at(alias.range?.[0] ?? 0);
      if (anchored === undefined) refuse([`${place}: names *${source}, but no &${source} stands before it`]);
      // Read as a value, it would contain itself without end.
      if (around.some((node) => node === anchored)) refuse([`${place}: *${source} stands inside &${source} itself`]);
    },
  });
  const value = contentOf(document);
  if (value instanceof ReferenceError) refuse([`${name}:1:1: its aliases multiply too much: write some of them out`]);
  if (value === null || value === undefined) refuse([`${name}:1:1: is empty: it must describe a site`]);
  const place = ({ path, reason }: Fault) => {
    const field = fieldOf(path);
    return `${at(offsetOf(document, path))}: ${field === '' ? 'the file' : field} ${reason}`;
  };
  if (!isSiteFile(value)) {
    const { field, reason } = explain(isSiteFile.errors);
    const path = pathOf(field, value) ?? [];
    return refuse([place({ path, reason: worded(reason, path, valueAt(value, path)) })]);
  }
  const { site, faults } = entriesIn(value);
  if (faults.length > 0) {
    const placed = faults.map((fault) => ({ offset: offsetOf(document, fault.path), text: place(fault) }));
    refuse(placed.sort((a, b) => a.offset - b.offset).map(({ text }) => text));
  }
  return site;
}

/** Says how ids and days look, which are keys, and how to write a number as a text. */
function worded(reason: string, path: Path, value: unknown): string {
  if (reason === 'is not a known field') return path.at(-2) === 'open' ? NOT_DAYS : NOT_AN_ID;
  if (path.length > 3 && path.at(0) === 'schedules' && path.at(2) === 'open') {
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    const fault = texts.flatMap((text) => (typeof text === 'string' ? (hoursFault(text) ?? []) : [])).at(0);
    if (fault !== undefined) return fault;
  }
  if (!reason.startsWith('must ')) return reason;
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (isPlain && /^must be (a string|\d|at least)/.test(reason)) return `${reason}: write it in quotes, as "${value}"`;
  if (value === null) return `${reason}; it is empty`;
  return isPlain || typeof value === 'string' ? `${reason}, not ${fit(JSON.stringify(value), LONGEST_VALUE)}` : reason;
}

const LONGEST_VALUE = 60;

/** The parser's word for a fault says what it wanted; this says what to do. */
function yamlFault({ code, message }: YAMLParseError): string {
  switch (code) {
    case 'BAD_INDENT': {
      const [, end] = /end with a (.)$/.exec(message) ?? [];
      return end === undefined
        ? 'the indentation differs from that of the lines beside it: members of one map begin in the same column'
        : `a ${end} is missing before this line`;
    }
    case 'TAB_AS_INDENT':
      return 'the line is indented with a tab: use blanks';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'the value holds another “key: value”: write it in quotes, or correct the indentation of the next line';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'the line has no key and value: write “key: value”, with a blank after the colon';
    case 'MULTIPLE_DOCS':
      return 'the file has several documents: keep one, and remove the line ---';
    case 'BAD_SCALAR_START':
      return `${message}: write the text in quotes`;
    default:
      return message;
  }
}

/** @returns an error if the value of the document would be too large */
function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );
}

const NOT_AN_ID = 'is not an id: it must be 1 to 64 letters, digits or . _ : -, starting with a letter or digit';
const NOT_DAYS = 'are not days: write daily, mon-fri, sat, or mon,wed,fri';

/** Finds the keys that a path with dots names; ids may have dots too. The last one may be missing in the value. */
function pathOf(field: string, value: unknown): Path | undefined {
  if (field === '') return [];
  if (Array.isArray(value)) {
    const [, index = '', rest = ''] = /^(\d+)(?:\.(.*))?$/.exec(field) ?? [];
    const inner = index === '' ? undefined : pathOf(rest, value[Number(index)]);
    return inner && [Number(index), ...inner];
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    if (field !== key && !field.startsWith(`${key}.`)) continue;
    const inner = pathOf(field.slice(key.length + 1), member);
    if (inner !== undefined) return [key, ...inner];
  }
  return [field];
}

/** Offset in the text of the last part of a path that is there. */
function offsetOf({ contents }: Document.Parsed, path: Path): number {
  let node: unknown = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) break;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (isMap(item) || isScalar(item) || isSeq(item)) offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}
