import { defaultTenant, type Reader, type Zone } from '@swipegate/contract';
import type { SiteChange } from './changes.js';
import type { SiteEntries } from './file/entries.js';
import type { SiteState } from './state.js';

/** Refusals that `--allow CODE` lifts. The admin API refuses the others too, so nothing lifts them. */
export const ALLOWABLE = {
  'no-exit': 'a zone that counts people gets no exit',
  'reader-keys': 'readers that have a key are removed',
  devices: 'devices are removed',
  'operator-keys': 'operators’ keys are revoked',
} as const;

/** A reason why a plan is not carried out. */
export interface Refusal {
  code: keyof typeof ALLOWABLE | 'people-inside' | 'access-level-held' | 'zone-moves' | 'card-numbers';
  /** A sentence that says what to do. */
  reason: string;
}

/** What would lock people in, leave readers without a place, or be refused by the admin API half-way. Pure. */
export function refusalsOf(
  file: SiteEntries,
  state: SiteState,
  changes: readonly SiteChange[],
  remove: boolean,
): Refusal[] {
  return [
    ...noExit(file, state, remove),
    ...changes.flatMap((change) => [
      ...removalRefusals(change, state),
      ...zoneMoves(change, state),
      ...cardNumbers(change, state),
    ]),
  ];
}

interface Doors {
  zones: readonly Zone[];
  readers: readonly Reader[];
}

/** Zones that people could enter and not leave, and whose rules then turn against them. */
function noExit(file: Doors, state: SiteState, remove: boolean): Refusal[] {
  const before = { zones: state.zones.map(({ entry }) => entry), readers: state.readers.map(({ entry }) => entry) };
  const after = remove
    ? file
    : { zones: union(before.zones, file.zones, 'zoneId'), readers: union(before.readers, file.readers, 'readerId') };
  const known = new Set(trapsIn(before).map(({ zoneId }) => zoneId));
  return trapsIn(after)
    .filter(({ zoneId }) => !known.has(zoneId))
    .map(({ zoneId, rule }) => ({
      code: 'no-exit',
      reason: `The zone ${zoneId} would have ${rule} and entrances, but no reader on the way out: people could not be counted out of it. Add an exit (out or both), or relax the rule.`,
    }));
}

function trapsIn({ zones, readers }: Doors): { zoneId: string; rule: string }[] {
  return zones.flatMap(({ zoneId, antiPassback: { mode }, occupancyLimit }) => {
    const rule =
      mode === 'hard' || mode === 'timed'
        ? `${mode} anti-passback`
        : occupancyLimit === undefined
          ? undefined
          : 'an occupancy limit';
    const of = readers.filter((reader) => reader.zoneId === zoneId);
    const isTrap = of.some(({ direction }) => direction !== 'out') && of.every(({ direction }) => direction === 'in');
    return rule !== undefined && isTrap ? [{ zoneId, rule }] : [];
  });
}

function union<Value>(before: readonly Value[], after: readonly Value[], id: keyof Value): Value[] {
  return Array.from(new Map([...before, ...after].map((value) => [value[id], value])).values());
}

function removalRefusals(change: SiteChange, state: SiteState): Refusal[] {
  if (change.action === 'revoke-key') {
    const reason = `The operator’s key ${change.name} (${change.id}) would be revoked: what uses it stops working. List its name under operatorKeys to keep it.`;
    return [{ code: 'operator-keys', reason }];
  }
  if (change.action !== 'remove') return [];
  const { kind, id } = change;
  if (kind === 'readers') {
    const reader = state.readers.find(({ entry }) => entry.readerId === id)?.entry;
    // It is not known of all readers whether they have a key.
    if (state.hasKey.get(id) === false || reader === undefined) return [];
    const reason = `The reader ${id} (${reader.door}, zone ${reader.zoneId}) has a key and would be removed: every swipe at it would be refused, exits too. Put it in the file to keep it.`;
    return [{ code: 'reader-keys', reason }];
  }
  if (kind === 'devices') {
    const reason = `The device ${id} would be removed: every swipe at its doors would be refused, exits too. Put it in the file to keep it.`;
    return [{ code: 'devices', reason }];
  }
  const { employees = 0, peopleInside = 0 } = state.dependents.get(`${kind}/${id}`) ?? {};
  if (kind === 'access-levels' && employees > 0) {
    const reason = `The access level ${id} would be removed, but ${employees === 1 ? 'one employee has' : `${employees} employees have`} it. Take it from them first, or put it in the file.`;
    return [{ code: 'access-level-held', reason }];
  }
  if (peopleInside > 0) {
    const noun = kind === 'zones' ? 'zone' : 'building';
    const people = peopleInside === 1 ? 'one person is' : `${peopleInside} people are`;
    const reason = `The ${noun} ${id} would be removed, but ${people} inside it. They must leave it first, or a guard marks them as outside.`;
    return [{ code: 'people-inside', reason }];
  }
  return [];
}

/** A zone cannot move to another building while others there name it. */
function zoneMoves(change: SiteChange, state: SiteState): Refusal[] {
  if (change.action !== 'change' || change.kind !== 'zones') return [];
  const move = change.members.find(({ member }) => member === 'buildingId');
  const { id } = change;
  const dependents = [
    ...state.readers.filter(({ entry }) => entry.zoneId === id || entry.outerZoneId === id),
    ...state.zones.filter(({ entry }) => entry.outerZoneId === id),
  ];
  if (move === undefined || dependents.length === 0) return [];
  const reason = `The zone ${id} cannot move from the building ${String(move.was)} to ${String(move.is)} with its doors and inner zones. Give the zone in ${String(move.is)} a new id.`;
  return [{ code: 'zone-moves', reason }];
}

function cardNumbers(change: SiteChange, { readers }: SiteState): Refusal[] {
  if (change.kind !== 'tenant') return [];
  const isChanged = change.action === 'change' && change.members.some(({ member }) => member === 'cardNumbers');
  const isNew =
    change.action === 'create' && Reflect.get(change.entry, 'cardNumbers') !== defaultTenant('').cardNumbers;
  const converting = readers.filter(({ entry: { cardFormat = 'as-sent' } }) => cardFormat !== 'as-sent');
  if (!(isChanged || isNew) || converting.length === 0) return [];
  const ids = converting.map(({ entry }) => entry.readerId).join(', ');
  const reason = `cardNumbers cannot change while readers convert card numbers: ${ids}. First apply the file with cardFormat: as-sent for them, then change cardNumbers, then set the formats again.`;
  return [{ code: 'card-numbers', reason }];
}
