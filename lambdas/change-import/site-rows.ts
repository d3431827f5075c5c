import {
  type AntiPassback,
  type CardNumbers,
  compile,
  DisplayName,
  explain,
  type FieldError,
  Reader,
  Zone,
} from '@swipegate/contract';
import Type from 'typebox';
import { versionOf } from '../stores/changes/entries.js';
import type { SiteIndex } from '../stores/site-cache.js';
import type { Cells, RowChange } from './row-changes.js';

/** The site as it is: a row changes only what it gives. */
export interface KnownSite extends Pick<SiteIndex, 'buildings' | 'zones' | 'readers' | 'unreadableReaders'> {
  accessLevels: { has(accessLevelId: string): boolean; keys(): Iterable<string> };
  cardNumbers: CardNumbers;
}

/** A cell that takes an optional member away: an empty cell leaves it as it is. It cannot be an id. */
const NONE = '-';

const isReaderRow = compile(Type.Object({ ...Reader.properties, door: DisplayName }));
const isZoneRow = compile(Type.Object({ ...Zone.properties, name: DisplayName }));

const DIRECTIONS: ReadonlyMap<string, string> = new Map([
  ...['in', 'entry', 'entrance', 'ein', 'eingang'].map((text) => [text, 'in'] as const),
  ...['out', 'exit', 'aus', 'ausgang'].map((text) => [text, 'out'] as const),
  ...['both', 'in and out', 'beide', 'ein und aus'].map((text) => [text, 'both'] as const),
]);
const ANTI_PASSBACK = /^(none|hard|soft|timed)(?:[ :]+(\d+)(?: ?min(?:utes?)?\.?)?)?$/i;
const TIME_OF_DAY = /^(\d{1,2}):(\d{2})(?::00)?$/;

/**
 * Returns the reader that a row makes of the one there is, expected as it is. A new reader is in normal mode, and leads
 * out to the zone around its own, if the row names no other.
 */
export function readerRow(cells: Cells, site: KnownSite): RowChange | FieldError {
  const { readerId = '', zoneId = '', direction = '', mode = '', cardFormat = '', ...texts } = cells;
  if (site.unreadableReaders?.has(readerId) === true) {
    return { field: 'readerId', reason: 'is a reader whose row cannot be read; set it in the console first' };
  }
  const stored = site.readers.get(readerId);
  const outer = stored === undefined ? site.zones.get(zoneId)?.outerZoneId : undefined;
  const reader: unknown = withoutNone({
    ...(stored === undefined ? { mode: 'normal', outerZoneId: outer } : pick(stored, Reader)),
    ...filled({
      ...texts,
      readerId,
      zoneId,
      direction: DIRECTIONS.get(direction.toLowerCase()) ?? direction,
      mode: mode.toLowerCase(),
      cardFormat: cardFormat.toLowerCase(),
    }),
  });
  if (!isReaderRow(reader)) return explain(isReaderRow.errors);
  return { content: { type: 'set-reader', reader }, expects: expectedOf('readers', stored) };
}

/** Returns the zone that a row makes of the one there is, expected as it is. A new zone has no anti-passback. */
export function zoneRow(cells: Cells, site: KnownSite): RowChange | FieldError {
  const {
    zoneId = '',
    antiPassback = '',
    forgiveAt = '',
    occupancyLimit = '',
    accompanimentSeconds = '',
    ...texts
  } = cells;
  const stored = site.zones.get(zoneId);
  const passback = passbackOf(antiPassback, forgiveAt, stored?.antiPassback ?? { mode: 'none' });
  if ('reason' in passback) return passback;
  const numbers = { occupancyLimit: numberOf(occupancyLimit), withinSeconds: numberOf(accompanimentSeconds) };
  const { withinSeconds } = numbers;
  if (typeof withinSeconds === 'number' && !(withinSeconds > 0 && withinSeconds <= 300)) {
    return { field: 'accompanimentSeconds', reason: 'must be a number above 0 and at most 300, or - for none' };
  }
  const zone: unknown = withoutNone({
    ...(stored === undefined ? {} : pick(stored, Zone)),
    ...filled({ ...texts, zoneId }),
    antiPassback: passback,
    ...(numbers.occupancyLimit !== undefined && { occupancyLimit: numbers.occupancyLimit }),
    ...(withinSeconds !== undefined && { accompaniment: withinSeconds === NONE ? NONE : { withinSeconds } }),
  });
  if (!isZoneRow(zone)) return explain(isZoneRow.errors);
  return { content: { type: 'set-zone', zone }, expects: expectedOf('zones', stored) };
}

function expectedOf(kind: 'readers' | 'zones', stored: object | undefined): string {
  return stored === undefined ? 'absent' : versionOf(kind, stored);
}

/** The members of a stored row that its schema names. */
function pick(row: object, { properties }: { properties: object }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name in properties));
}

/** The members that a row gives. */
function filled(members: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).filter(([, text]) => text !== ''));
}

function withoutNone(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== NONE));
}

/** @returns undefined for an empty cell; NaN for a text that is not a number, which the schema refuses */
function numberOf(text: string): number | typeof NONE | undefined {
  if (text === '') return undefined;
  return text === NONE ? NONE : Number(text);
}

function passbackOf(text: string, forgiveAt: string, stored: AntiPassback): AntiPassback | FieldError {
  const found = text === '' ? stored : ruleOf(text === NONE ? 'none' : text);
  if ('reason' in found) return found;
  const { mode } = found;
  if (mode === 'none') return { mode };
  const [, hour, minute] = TIME_OF_DAY.exec(forgiveAt) ?? [];
  const isTime = Number(minute) < 60 && (Number(hour) < 24 || (Number(hour) === 24 && Number(minute) === 0));
  if (forgiveAt !== '' && forgiveAt !== NONE && !isTime) {
    return { field: 'forgiveAt', reason: 'must be a time of day such as 04:00, or - for none' };
  }
  const kept = 'forgiveAt' in stored ? stored.forgiveAt : undefined;
  const time = isTime ? `${hour?.padStart(2, '0')}:${minute}` : forgiveAt === NONE ? undefined : kept;
  const { forgiveAt: _, ...rule } = found;
  return time === undefined ? rule : { ...rule, forgiveAt: time };
}

function ruleOf(text: string): AntiPassback | FieldError {
  const [, mode = '', minutes] = ANTI_PASSBACK.exec(text) ?? [];
  const rule = mode.toLowerCase();
  if (rule === 'timed' && Number(minutes) > 0) return { mode: rule, minutes: Number(minutes) };
  if ((rule === 'none' || rule === 'hard' || rule === 'soft') && minutes === undefined) return { mode: rule };
  return { field: 'antiPassback', reason: 'must be none, hard, soft, or timed with minutes, such as timed 15' };
}
