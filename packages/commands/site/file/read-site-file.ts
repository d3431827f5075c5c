import { compile, explain } from '@swipegate/contract';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Fault, Path, SiteEntries } from './entries.js';
import { entriesIn } from './entries-in-file.js';
import { SiteFile } from './site-file.js';

/** A site file is not valid. The message has one line for each fault, with its line and column. */
export class SiteFileInvalidError extends Error {
  override readonly name = 'SiteFileInvalidError';
  readonly code = 'SITE_FILE_INVALID';
}

const MOST_FAULTS = 20;
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
    refuse(document.errors.map(({ message, pos: [start] }) => `${at(start)}: is not valid YAML: ${message}`));
  }
  const value: unknown = document.toJS({ maxAliasCount: 1_000 });
  if (value === null || value === undefined) refuse([`${name}:1:1: is empty: it must describe a site`]);
  const place = ({ path, reason }: Fault) => {
    const field = path.map((part) => String(part)).join('.');
    return `${at(offsetOf(document, path))}: ${field === '' ? 'the file' : field} ${reason}`;
  };
  if (!isSiteFile(value)) {
    const { field, reason } = explain(isSiteFile.errors);
    const path = pathOf(field, value) ?? [];
    return refuse([place({ path, reason: worded(reason, path, document.getIn(path)) })]);
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
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return isPlain && /^must be (a string|\d|at least)/.test(reason)
    ? `${reason}: write it in quotes, as "${value}"`
    : reason;
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
