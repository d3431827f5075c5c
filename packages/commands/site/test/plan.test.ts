import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { actionFor, type SiteChange } from '../changes.js';
import { ENTRY_KINDS, type EntryKind, KINDS, type SiteEntries } from '../file/entries.js';
import { readSiteFile } from '../file/read-site-file.js';
import { anySite } from '../file/test/any-site.js';
import { type PlanOptions, planOf } from '../plan.js';
import { planLines, titleOf } from '../plan-lines.js';
import type { SiteState } from '../state.js';

const nowMs = Date.parse('2026-11-30T12:00:00Z');
const KEPT: PlanOptions = { remove: false, allow: new Set(), nowMs };
const REMOVED: PlanOptions = { ...KEPT, remove: true };
const ANY: PlanOptions = { ...REMOVED, allow: new Set(['no-exit', 'reader-keys', 'devices', 'operator-keys']) };

/** A tenant with this site. Every reader has a key unless `keyless`. */
function stateOf(site: SiteEntries, more: Partial<SiteState> = {}): SiteState {
  const versioned = <Value>(list: readonly Value[]) => list.map((entry, i) => ({ entry, version: `version-${i}` }));
  return {
    tenant: { tenantId: 'acme', name: 'acme', cardNumbers: 'full', ...site.tenant, version: 'version-t' },
    buildings: versioned(site.buildings),
    zones: versioned(site.zones),
    schedules: versioned(site.schedules),
    'access-levels': versioned(site['access-levels']),
    readers: versioned(site.readers),
    operatorKeys: (site.operatorKeys ?? []).map((name, i) => ({ keyId: `key-${i}`, name, version: `version-${i}` })),
    hasKey: new Map(site.readers.map(({ readerId }) => [readerId, true])),
    devices: versioned(site.devices),
    keyedDevices: new Set(site.devices.map(({ deviceId }) => deviceId)),
    dependents: new Map(),
    ...more,
  };
}

const EMPTY = readSiteFile('operatorKeys: []', 'empty');
const FILE = `
tenant: {name: Acme}
buildings:
  hq:
    timeZone: Europe/Berlin
    zones:
      offices:
        antiPassback: hard
        doors:
          - {door: North, in: north-in, out: north-out}
        zones:
          lab:
            doors: [{door: Lab, both: lab-1}]
schedules:
  always: {open: {daily: 00:00-24:00}}
accessLevels:
  staff: {zones: [lab, offices], schedule: always}
operatorKeys: [Guard desk]
`;
const site = readSiteFile(FILE, 'site.yaml');
const siteWith = (was: string, is: string) => readSiteFile(FILE.replace(was, is), 'site.yaml');
const versionedReaders = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const place = { door: 'North', buildingId: 'hq', zoneId: 'offices', direction: 'out', mode: 'normal' } as const;
    return { entry: { readerId: `out-${i}`, ...place }, version: 'v' };
  });
const steps = ({ stages }: { stages: SiteChange[][] }) =>
  stages.map((stage) => stage.map(({ action, kind, id }) => `${action} ${kind} ${id}`));

t.test('an empty tenant gets everything, each entry after those that it names', async (t) => {
  t.same(steps(planOf(site, stateOf(EMPTY), KEPT)), [
    ['change tenant acme'],
    ['create buildings hq'],
    ['create zones offices'],
    ['create zones lab'],
    ['create schedules always'],
    ['create access-levels staff'],
    ['create readers north-out', 'create readers lab-1', 'create readers north-in'],
    ['issue-key reader-keys lab-1', 'issue-key reader-keys north-in', 'issue-key reader-keys north-out'],
    ['issue-key operator-keys Guard desk'],
  ]);
});

t.test('a tenant as the file says: nothing to do, whatever the order of its lists', async (t) => {
  t.same(planOf(site, stateOf(site), REMOVED), { stages: [], kept: [], refusals: [], refusedRemovals: [] });
  const shuffled: SiteEntries = {
    ...site,
    'access-levels': [{ accessLevelId: 'staff', zoneIds: ['offices', 'lab'], scheduleId: 'always' }],
    readers: [...site.readers].reverse().map((reader) => ({ ...reader, cardFormat: 'as-sent' })),
  };
  t.same(planOf(site, stateOf(shuffled), REMOVED).stages, []);
  t.same(
    planOf(readSiteFile(FILE.replace('{name: Acme}', '{}'), 's'), stateOf(site), REMOVED).stages,
    [],
    'no name: as it is',
  );
});

t.test('what the file leaves out stays without --remove, and goes in reverse order with it', async (t) => {
  const kept = planOf(EMPTY, stateOf(site), KEPT);
  t.same(kept.stages, []);
  t.same(kept.refusals, []);
  t.equal(kept.kept.length, 9);
  const removed = planOf(EMPTY, stateOf(site), ANY);
  t.same(steps(removed), [
    ['revoke-key operator-keys key-0'],
    ['remove readers north-in', 'remove readers lab-1', 'remove readers north-out'],
    ['remove access-levels staff'],
    ['remove schedules always'],
    ['remove zones lab'],
    ['remove zones offices'],
    ['remove buildings hq'],
  ]);
  t.same(removed.refusals, []);
});

t.test('what stays is said plainly, with what --remove would do', async (t) => {
  const linesOf = (file: SiteEntries, state: SiteState) => planLines(planOf(file, state, KEPT), { color: false });
  const [all, gap, stays, name, refused, ...reasons] = linesOf(
    siteWith('in: north-in, out: north-out', 'in: north-in'),
    stateOf(site),
  );
  t.same(
    [all, gap, stays, name, refused],
    [
      'The tenant has all that is in the file.',
      '',
      'One entry of the tenant is not in the file, and stays:',
      '    reader north-out',
      '--remove would be refused:',
    ],
  );
  t.match(reasons, [
    /^ {2}The zone offices would have hard .*--allow no-exit\.$/,
    /^ {2}The reader north-out .* would be removed/,
  ]);
  t.equal(reasons.length, 2);
  t.same(linesOf(readSiteFile(FILE.replace(/accessLevels:\n.*\n/, ''), 's'), stateOf(site)).slice(-2), [
    '    access level staff',
    '--remove would remove it.',
  ]);
  const many = linesOf(EMPTY, stateOf(site, { readers: versionedReaders(20) }));
  t.ok(many.includes('26 entries of the tenant are not in the file, and stay:'));
  t.equal(many.filter((line) => /^ +and \d+ more$/.test(line)).length, 2);
  t.same(linesOf(site, stateOf(site)), ['Nothing to do: the tenant has what is in the file.']);
});

t.test('operators’ keys are the matter of a file that lists them', async (t) => {
  const silent = readSiteFile(FILE.replace(/operatorKeys: .*\n/, ''), 'site.yaml');
  t.same(planOf(silent, stateOf(site), REMOVED), planOf(site, stateOf(site), REMOVED));
  t.same(planOf(silent, stateOf(site), KEPT).kept, []);
  t.match(steps(planOf(siteWith('[Guard desk]', '[]'), stateOf(site), ANY)), [['revoke-key operator-keys key-0']]);
});

t.test('a change names its members, and expects the version that was read', async (t) => {
  const plan = planOf(
    siteWith('antiPassback: hard', 'antiPassback: soft\n        occupancyLimit: 5'),
    stateOf(site),
    KEPT,
  );
  t.match(plan.stages, [
    [
      {
        action: 'change',
        id: 'offices',
        version: 'version-1',
        members: [
          { member: 'antiPassback', was: { mode: 'hard' }, is: { mode: 'soft' } },
          { member: 'occupancyLimit', is: 5 },
        ],
      },
    ],
  ]);
  const lines = planLines(planOf(siteWith('[lab, offices]', '[offices]'), stateOf(site), KEPT), { color: false });
  t.same(lines, ['access levels', '  ~ staff', '      zoneIds: - lab', '', '1 to change.']);
});

t.test('a key that has ended is issued again; a name is one key', async (t) => {
  const ended = { keyId: 'key-0', name: 'Guard desk', version: 'v', notAfter: '2026-11-30T11:59:59Z' };
  const plan = planOf(site, stateOf(site, { operatorKeys: [ended], hasKey: new Map([['lab-1', false]]) }), REMOVED);
  t.match(steps(plan), [[/lab-1/, /north-in/, /north-out/], ['issue-key operator-keys Guard desk']]);
});

t.test('the readers of a device need no key; the device has one, or a serial number', async (t) => {
  const DEVICES = `devices:
  clock: {make: zkteco, serial: CJ1, doors: [{door: 1, in: north-in, out: north-out}], timeZone: UTC}
  turnstile: {make: control-id, doors: [{door: 1, in: lab-1}], timeZone: UTC}
`;
  const file = readSiteFile(FILE + DEVICES, 'site.yaml');
  t.same(steps(planOf(file, stateOf(EMPTY), KEPT)).slice(-4), [
    ['create readers north-out', 'create readers lab-1', 'create readers north-in'],
    ['create devices clock', 'create devices turnstile'],
    ['issue-key device-keys turnstile'],
    ['issue-key operator-keys Guard desk'],
  ]);
  const keyless = { hasKey: new Map<string, boolean>() };
  t.same(planOf(file, stateOf(file, keyless), KEPT).stages, []);
  t.same(planOf(site, stateOf(file, keyless), KEPT).stages, [], 'devices stay');
  const { refusals, stages } = planOf(site, stateOf(file, keyless), REMOVED);
  t.match(refusals, [{ code: 'devices', reason: /^The device clock would be removed: every/ }, { code: 'devices' }]);
  t.same(steps({ stages }), [
    ['issue-key reader-keys lab-1', 'issue-key reader-keys north-in', 'issue-key reader-keys north-out'],
    ['remove devices clock', 'remove devices turnstile'],
  ]);
  const moved = readSiteFile(FILE + DEVICES.replace('door: 1, in: lab-1', 'door: 2, out: lab-1'), 'site.yaml');
  t.match(planOf(moved, stateOf(file, keyless), KEPT).stages, [[{ id: 'turnstile', members: [{ member: 'doors' }] }]]);
});

t.test('refusals: what would lock people in, leave readers behind, or fail half-way', async (t) => {
  const refused = (file: SiteEntries, state: SiteState, options: PlanOptions) => planOf(file, state, options).refusals;
  const noExit = siteWith('in: north-in, out: north-out', 'in: north-in');
  t.same(refused(noExit, stateOf(site), KEPT), [], 'the exit stays');
  t.match(refused(noExit, stateOf(site), REMOVED), [
    {
      code: 'no-exit',
      reason: /^The zone offices would have hard anti-passback and entrances, but no reader on the way out/,
    },
    { code: 'reader-keys', reason: /^The reader north-out \(North, zone offices\) has a key and would be removed/ },
  ]);
  t.match(refused(noExit, stateOf(EMPTY), KEPT), [{ code: 'no-exit' }], 'a new zone too');
  t.same(refused(noExit, stateOf(noExit), KEPT), [], 'it was so before');
  const limited = siteWith('antiPassback: hard', 'occupancyLimit: 9');
  t.match(refused({ ...limited, readers: noExit.readers }, stateOf(EMPTY), KEPT), [
    { reason: /would have an occupancy limit/ },
  ]);
  t.same(refused(noExit, stateOf(EMPTY), { ...KEPT, allow: new Set(['no-exit']) }), []);

  const dependents = new Map([
    ['zones/lab', { employees: 0, peopleInside: 1 }],
    ['buildings/hq', { employees: 0, peopleInside: 3 }],
    ['access-levels/staff', { employees: 12, peopleInside: 0 }],
  ]);
  t.match(refused(EMPTY, stateOf(site, { dependents }), ANY), [
    { code: 'access-level-held', reason: /^The access level staff would be removed, but 12 employees have it/ },
    { code: 'people-inside', reason: /^The zone lab would be removed, but one person is inside it/ },
    { code: 'people-inside', reason: /^The building hq would be removed, but 3 people are inside it/ },
  ]);
  t.match(refused(siteWith('[Guard desk]', '[]'), stateOf(site), REMOVED), [
    { code: 'operator-keys', reason: /^The operator’s key Guard desk \(key-0\) would be revoked/ },
  ]);
  const unkeyed = stateOf(site, { hasKey: new Map([['lab-1', false]]) });
  t.same(refused(siteWith('doors: [{door: Lab, both: lab-1}]', 'name: Lab'), unkeyed, REMOVED), []);

  const elsewhere = refused(siteWith('  hq:\n', '  annex:\n'), stateOf(site), KEPT);
  t.match(elsewhere, [{ code: 'zone-moves', reason: /^The zone offices cannot move from/ }, { code: 'zone-moves' }]);

  const converting = siteWith('both: lab-1', 'both: lab-1, cardFormat: uid-hex');
  const wiegand = { ...converting, tenant: { cardNumbers: 'wiegand-26' as const } };
  t.match(refused(wiegand, stateOf(converting), KEPT), [{ code: 'card-numbers', reason: /: lab-1\. First apply/ }]);
  t.same(refused(wiegand, stateOf(EMPTY), KEPT), []);
});

t.test('any plan leads to the file, and names nothing that is not there yet', async () => {
  fc.assert(
    fc.property(anySite, anySite, (before, file) => {
      const state = stateOf(before);
      const plan = planOf(file, state, ANY);
      if (plan.refusals.length > 0) return;
      const now = new Map<string, object>();
      for (const kind of ENTRY_KINDS) {
        for (const { entry } of state[kind]) now.set(`${kind}/${idOf(kind, entry)}`, entry);
      }
      for (const change of plan.stages.flat()) {
        titleOf(change);
        actionFor(change);
        if (change.kind === 'tenant' || change.action === 'issue-key' || change.action === 'revoke-key') continue;
        const key = `${change.kind}/${change.id}`;
        if (change.action === 'remove') now.delete(key);
        else now.set(key, change.entry);
        for (const name of namedBy(change)) {
          if (!now.has(name)) throw new Error(`${key} names ${name} before it is there`);
        }
        const left = [...now].find(([, entry]) => change.action === 'remove' && namesIn(entry).includes(key));
        if (left !== undefined) throw new Error(`${key} goes before ${left[0]}, which names it`);
      }
      const wanted = ENTRY_KINDS.flatMap((kind) => idsOf(file, kind));
      deepStrictEqual([...now.keys()].sort(), wanted.sort());
    }),
    { numRuns: 200 },
  );
});

function idOf(kind: EntryKind, entry: object): string {
  return String(Reflect.get(entry, KINDS[kind].idMember));
}

function idsOf(file: SiteEntries, kind: EntryKind): string[] {
  return file[kind].map((entry) => `${kind}/${idOf(kind, entry)}`);
}

function namedBy(change: SiteChange): string[] {
  return 'entry' in change ? namesIn(change.entry) : [];
}

/** What an entry names. The id of its own kind is its last member but not a name of another. */
function namesIn(entry: object): string[] {
  const text = (member: string): unknown => Reflect.get(entry, member);
  const isZone = 'antiPassback' in entry;
  return [
    ...('timeZone' in entry ? [] : [['buildings', text('buildingId')]]),
    ...(isZone ? [] : [['zones', text('zoneId')]]),
    ['zones', text('outerZoneId')],
    ...('doors' in entry && Array.isArray(entry.doors)
      ? entry.doors.flatMap((door) => [door.in, door.out].map((id) => ['readers', id]))
      : []),
    ...('intervals' in entry ? [] : [['schedules', text('scheduleId')]]),
    ...('zoneIds' in entry && Array.isArray(entry.zoneIds) ? entry.zoneIds.map((id) => ['zones', id]) : []),
  ].flatMap(([kind, id]) => (id === undefined ? [] : [`${String(kind)}/${String(id)}`]));
}
