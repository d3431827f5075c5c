import {
  type Card,
  CardAction,
  CardStatus,
  type ChangeContent,
  type Employee,
  MAX_ZONE_PERMITS,
  type RejectionCode,
} from '@swipegate/contract';
import { CARD_TRANSITIONS } from '@swipegate/contract/back-office/card-transitions';
import t from 'tap';
import { INDEX, SITE } from '../../decide/test/small-site.js';
import { entryOf, versionOf } from '../../stores/changes/entries.js';
import { type EmployeeRow, ERASED_NAME, erasedKey } from '../../stores/employee-row.js';
import type { Presence } from '../../stores/presence.js';
import { entranceZone } from '../rules/card-rules.js';
import type { Effect } from '../rules/effects.js';
import { evaluateChange, replacedBy } from '../rules/evaluate-change.js';
import type { ChangeFacts } from '../rules/facts.js';
import { changeOf, MONDAY_9 } from './example-changes.js';

const ANN: EmployeeRow = { employeeId: 'ann', name: 'Ann', active: true, accessLevelIds: ['all'], cardIds: [] };
const NOTHING: ChangeFacts = {
  card: undefined,
  employee: undefined,
  wasErased: false,
  employeeCards: new Map(),
  lateBlocks: [],
  presence: new Map(),
  formerHolder: undefined,
  host: undefined,
  cardHolder: undefined,
  site: INDEX,
  readerKeys: [],
  accessLevelHeld: false,
  storedTenant: undefined,
  operatorKey: undefined,
  devices: [],
  peopleInside: 0,
};

function outcomeOf(content: ChangeContent, facts: Partial<ChangeFacts>) {
  return evaluateChange(changeOf(content), { ...NOTHING, ...facts });
}

function effectsOf(content: ChangeContent, facts: Partial<ChangeFacts>): Effect[] {
  const settlement = outcomeOf(content, facts);
  return settlement.outcome === 'applied' ? settlement.effects : [];
}

const cards = (...list: Card[]) => new Map(list.map((card) => [card.cardId, card]));
const link = { type: 'link-card', cardId: 'new', employeeId: 'ann', buildingId: 'b' } as const;

t.test('linking sets the card’s holder, adds the card to the employee and places them inside', async (t) => {
  const change = changeOf(link);
  const settlement = evaluateChange(change, { ...NOTHING, employee: ANN });
  t.same(settlement, {
    outcome: 'applied',
    effects: [
      {
        kind: 'put',
        table: 'cards',
        key: { cardKey: 'acme/new' },
        values: { cardId: 'new', status: 'active', employeeId: 'ann' },
      },
      {
        kind: 'put',
        table: 'employees',
        key: { employeeKey: 'acme/ann' },
        values: { ...ANN, cardIds: ['new'], tenantId: 'acme', nameKey: 'ann #ann' },
      },
      {
        kind: 'move',
        cardId: 'new',
        employeeId: 'ann',
        inside: { buildingId: 'b', zoneId: entranceZone('b', INDEX), since: MONDAY_9, swipeId: change.changeId },
        movedAt: MONDAY_9,
      },
    ],
  });
});

t.test('an employee with a new card for a lost one is inside only once', async (t) => {
  const lost: Card = { cardId: 'old', status: 'lost', employeeId: 'ann' };
  const effects = effectsOf(link, { employee: { ...ANN, cardIds: ['old'] }, employeeCards: cards(lost) });
  t.match(
    effects.filter(({ kind }) => kind === 'move'),
    [
      { cardId: 'old', inside: undefined },
      { cardId: 'new', inside: { buildingId: 'b' } },
    ],
  );
});

t.test('a card with a future validFrom places no one: the holder stays where they are', async (t) => {
  const toCome = { ...link, validFrom: '2026-11-24T00:00:00Z' };
  const lost: Card = { cardId: 'old', status: 'lost', employeeId: 'ann' };
  const effects = effectsOf(toCome, {
    employee: { ...ANN, cardIds: ['old'], formerCardIds: ['older'] },
    employeeCards: cards(lost),
  });
  t.match(effects[0], { table: 'cards', values: { status: 'active', validFrom: toCome.validFrom } });
  t.match(effects[1], { table: 'employees', values: { cardIds: ['old', 'new'] } });
  t.notOk(JSON.stringify(effects[1]).includes('older'), 'former cards hold no place any longer');
  t.same(effects.slice(2), [
    { kind: 'carry', employeeId: 'ann', from: ['old', 'older'], to: 'new', movedAt: MONDAY_9 },
  ]);
  const inForce = effectsOf({ ...link, validFrom: MONDAY_9 }, { employee: ANN });
  t.match(inForce.at(-1), { kind: 'move', cardId: 'new', inside: { buildingId: 'b' } }, 'from now on is in force');
});

t.test('a validity in the past is refused', async (t) => {
  for (const validUntil of ['2026-11-22T00:00:00Z', MONDAY_9]) {
    t.match(outcomeOf({ ...link, validUntil }, { employee: ANN }), { code: 'card-expired', reason: /is in the past/ });
    const reactivate = { type: 'change-card', action: 'reactivate', cardId: 'c', validUntil } as const;
    t.match(outcomeOf(reactivate, { card: { cardId: 'c', status: 'lost' } }), { code: 'card-expired' });
  }
});

t.test('a card is not reactivated beside another one that opens doors', async (t) => {
  const found: Card = { cardId: 'c', status: 'lost', employeeId: 'ann' };
  const reactivate = { type: 'change-card', action: 'reactivate', cardId: 'c' } as const;
  const held = (status: Card['status']) => ({
    card: found,
    employee: { ...ANN, cardIds: ['c', 'd'] },
    employeeCards: cards(found, { cardId: 'd', status, employeeId: 'ann' }),
  });
  t.match(outcomeOf(reactivate, held('active')), { code: 'employee-has-card', reason: /the card d, which is active/ });
  t.match(outcomeOf(reactivate, held('lost')), { outcome: 'applied' });
});

t.test('someone who left without a swipe is marked as outside', async (t) => {
  const inside = { buildingId: 'b', zoneId: 'hard', since: MONDAY_9, swipeId: 's' };
  const row = (cardId: string, members: Partial<Presence>): [string, Presence] => {
    return [cardId, { cardKey: `acme/${cardId}`, version: 1, sequence: '', outbox: [], ...members }];
  };
  const presence = new Map([row('c', { employeeId: 'ann' }), row('f', { employeeId: 'ann', inside })]);
  const move = { kind: 'move', cardId: 'f', employeeId: 'ann', of: { employeeId: 'ann' }, movedAt: MONDAY_9 };
  t.same(effectsOf({ type: 'mark-outside', employeeId: 'ann' }, { employee: ANN, presence }), [move]);
  t.same(effectsOf({ type: 'mark-outside', cardId: 'f' }, { employee: ANN, presence }), [move]);
  const stranger = new Map([row('who', { inside })]);
  t.same(effectsOf({ type: 'mark-outside', cardId: 'who' }, { presence: stranger }), [
    { kind: 'move', cardId: 'who', movedAt: MONDAY_9 },
  ]);
  t.match(outcomeOf({ type: 'mark-outside', cardId: 'c' }, { employee: ANN, presence }), { code: 'not-inside' });
  t.match(outcomeOf({ type: 'mark-outside', employeeId: 'ann' }, { employee: ANN }), { code: 'not-inside' });
  t.match(outcomeOf({ type: 'mark-outside', employeeId: 'who' }, {}), { code: 'employee-unknown' });
});

t.test('rejected links', async (t) => {
  const rejections: [name: string, RejectionCode, Partial<ChangeFacts>, Partial<typeof link>?][] = [
    ['card is linked', 'card-already-linked', { card: { cardId: 'new', status: 'active', employeeId: 'bob' } }],
    ['card is lost', 'card-state', { card: { cardId: 'new', status: 'lost' } }],
    ['unknown employee', 'employee-unknown', { employee: undefined }],
    ['inactive employee', 'employee-inactive', { employee: { ...ANN, active: false } }],
    ['employee has an active card', 'employee-has-card', { employeeCards: cards({ cardId: 'a', status: 'active' }) }],
    [
      'employee has a suspended card',
      'employee-has-card',
      { employeeCards: cards({ cardId: 'a', status: 'suspended' }) },
    ],
    ['no such building', 'building-unknown', {}, { buildingId: 'x' } as object],
    ['no such zone', 'zone-unknown', {}, { zoneId: 'x' } as object],
  ];
  for (const [name, code, facts, content] of rejections) {
    t.match(outcomeOf({ ...link, ...content }, { employee: ANN, ...facts }), { outcome: 'rejected', code }, name);
  }
});

t.test('an employee whose card opens no door can get another one', async (t) => {
  for (const card of [
    { cardId: 'a', status: 'stolen' },
    { cardId: 'a', status: 'expired' },
    { cardId: 'a', status: 'active', validUntil: MONDAY_9 },
  ] as const) {
    t.match(outcomeOf(link, { employee: ANN, employeeCards: cards(card) }), { outcome: 'applied' }, card.status);
  }
});

t.test('every action on a card in every state', async (t) => {
  for (const action of CardAction.enum) {
    for (const status of CardStatus.enum) {
      const content = { type: 'change-card', action, cardId: 'c' } as const;
      const settlement = outcomeOf(content, {
        card: { cardId: 'c', status, employeeId: 'ann', validUntil: '2099-01-01T00:00:00Z' },
        employee: ANN,
      });
      if (action === 'unlink') {
        const left = { cardId: 'c', status: status === 'active' ? 'issued' : status, validUntil: undefined };
        t.match(
          settlement,
          { effects: [{ table: 'cards', values: left }, { table: 'employees' }] },
          `unlink ${status}`,
        );
        continue;
      }
      const { from, to } = CARD_TRANSITIONS[action];
      const wanted = from.includes(status)
        ? { outcome: 'applied', effects: [{ values: { status: to, employeeId: 'ann' } }] }
        : { outcome: 'rejected', code: 'card-state' };
      t.match(settlement, wanted, `${action} ${status}`);
    }
    t.match(outcomeOf({ type: 'change-card', action, cardId: 'c' }, {}), { code: 'card-unknown' });
  }
});

t.test('stolen, destroyed and revoked cards never open a door again', async (t) => {
  const final: CardStatus[] = ['stolen', 'destroyed', 'revoked'];
  for (const status of final) {
    for (const action of CardAction.enum) {
      const content = { type: 'change-card', action, cardId: 'c' } as const;
      for (const effect of effectsOf(content, { card: { cardId: 'c', status } })) {
        t.notMatch(effect, { values: { status: /^(active|issued)$/ } }, `${action} ${status}`);
      }
    }
  }
});

t.test('a reactivation drops a past validUntil and keeps a future one', async (t) => {
  const content = { type: 'change-card', action: 'reactivate', cardId: 'c' } as const;
  const [over] = effectsOf(content, { card: { cardId: 'c', status: 'expired', validUntil: '2026-01-01T00:00:00Z' } });
  t.same(over?.kind === 'put' && over.values, { cardId: 'c', status: 'active' });
  const [toCome] = effectsOf(content, { card: { cardId: 'c', status: 'lost', validUntil: '2027-01-01T00:00:00Z' } });
  t.match(toCome, { values: { status: 'active', validUntil: '2027-01-01T00:00:00Z' } });
  const [given] = effectsOf(
    { ...content, validUntil: '2028-01-01T00:00:00Z' },
    { card: { cardId: 'c', status: 'expired', validUntil: '2026-01-01T00:00:00Z' } },
  );
  t.match(given, { values: { validUntil: '2028-01-01T00:00:00Z' } });
});

t.test('changing an employee keeps their cards', async (t) => {
  const employee = { employeeId: 'ann', name: 'Ann Lee', active: true, accessLevelIds: ['all'] };
  const content = { type: 'set-employee', employee } as const;
  t.match(effectsOf(content, { employee: { ...ANN, cardIds: ['c'] } }), [
    { table: 'employees', values: { name: 'Ann Lee', cardIds: ['c'], nameKey: 'ann lee #ann' } },
  ]);
  const unknown = { ...employee, accessLevelIds: ['no'] };
  t.match(outcomeOf({ type: 'set-employee', employee: unknown }, {}), { code: 'access-level-unknown' });
});

t.test('a change is rejected if its entry is not in the expected state', async (t) => {
  const employee = { employeeId: 'ann', name: 'Anna', active: true, accessLevelIds: [] };
  const [schedule] = SITE.schedules;
  const [reader] = SITE.readers;
  const [accessLevel] = SITE.accessLevels;
  if (schedule === undefined || reader === undefined || accessLevel === undefined) throw new Error('The site is empty');
  const known: [content: ChangeContent, facts: Partial<ChangeFacts>, entry: object][] = [
    [{ type: 'set-employee', employee }, { employee: ANN }, ANN],
    [{ type: 'erase-employee', employeeId: 'ann' }, { employee: ANN }, ANN],
    [{ type: 'set-schedule', schedule }, {}, schedule],
    [{ type: 'set-reader', reader }, {}, reader],
    [{ type: 'remove-reader', readerId: reader.readerId }, {}, reader],
    [{ type: 'set-access-level', accessLevel }, {}, accessLevel],
    ...CardAction.enum.map((action): [ChangeContent, Partial<ChangeFacts>, object] => {
      const card: Card = { cardId: 'c', status: 'suspended', employeeId: 'ann' };
      return [{ type: 'change-card', action, cardId: 'c' }, { card, employee: ANN }, card];
    }),
  ];
  for (const [content, facts, entry] of known) {
    const evaluated = (expects: string) => evaluateChange({ ...changeOf(content), expects }, { ...NOTHING, ...facts });
    const version = versionOf(entryOf(content).kind, entry);
    const name = JSON.stringify(content).slice(0, 60);
    t.notMatch(evaluated(version), { code: /already-exists|changed-meanwhile/ }, name);
    t.notMatch(evaluated('present'), { code: /already-exists|changed-meanwhile/ }, name);
    t.match(evaluated('absent'), { outcome: 'rejected', code: 'already-exists', reason: / already exists\. / }, name);
    const old = evaluated(`${version.slice(0, -1)}${version.endsWith('A') ? 'B' : 'A'}`);
    t.match(
      old,
      { outcome: 'rejected', code: 'changed-meanwhile', reason: / changed after you read it: \w+ is / },
      name,
    );
    const emptySite = { ...INDEX, schedules: new Map(), readers: new Map(), accessLevels: new Map() };
    const gone = (expects: string) =>
      evaluateChange({ ...changeOf(content), expects }, { ...NOTHING, site: emptySite });
    t.match(gone(version), { outcome: 'rejected', code: 'changed-meanwhile', reason: /^There is no / }, name);
    t.match(gone('present'), { outcome: 'rejected', code: 'changed-meanwhile' }, name);
    t.notMatch(gone('absent'), { code: /already-exists|changed-meanwhile/ }, name);
  }
});

t.test('a rejection for an unknown id names the ids that exist', async (t) => {
  const employee = { employeeId: 'ann', name: 'Ann', active: true, accessLevelIds: ['none'] };
  const table: [content: ChangeContent, facts: Partial<ChangeFacts>, reason: string | RegExp][] = [
    [{ type: 'set-employee', employee }, {}, /^There is no access level none\. There are all and /],
    [{ ...link, buildingId: 'x' }, { employee: ANN }, 'There is no building x. There is b.'],
    [{ ...link, zoneId: 'x' }, { employee: ANN }, /^The building b has no zone x\. There are /],
    [{ type: 'remove-schedule', scheduleId: 'x' }, {}, /^There is no schedule x\. There are always/],
    [{ type: 'revoke-reader-key', readerId: 'r', keyId: 'k' }, {}, 'The reader r has no key k. There are none.'],
    [{ type: 'remove-reader', readerId: 'x' }, {}, /^There is no reader x\. There are .*, .* and \d+ more\.$/],
  ];
  for (const [content, facts, reason] of table) t.match(outcomeOf(content, facts), { outcome: 'rejected', reason });
});

t.test('a version is the same whatever the order of members, and covers no id, card or mark of a row', async (t) => {
  const schedule = { intervals: [{ days: [1], from: '08:00', until: '09:00' }], holidays: [] };
  const stored = { holidays: [], intervals: [{ until: '09:00', days: [1], from: '08:00' }], id: 's', changedBy: '1' };
  t.equal(versionOf('schedules', schedule), versionOf('schedules', stored));
  t.not(versionOf('schedules', schedule), versionOf('schedules', { ...schedule, holidays: ['2026-12-25'] }));
  t.equal(versionOf('employee', ANN), versionOf('employee', { ...ANN, employeeId: 'bob', cardIds: ['c'] }));
  t.not(versionOf('employee', ANN), versionOf('employee', { ...ANN, name: 'ann' }));
  t.match(versionOf('card', { status: 'active' }), /^[\w-]{8}(\.[\w-]{8}){4}$/);
});

t.test('a line of a file does not change members that it does not give', async (t) => {
  const patch = { type: 'patch-employee', employeeId: 'ann', name: 'Ann Lee' } as const;
  const since = '2026-11-20T09:00:00.000Z';
  const leaver: EmployeeRow = { ...ANN, active: false, inactiveSince: since };
  const table: [
    given: Pick<Partial<Employee>, 'active' | 'accessLevelIds'>,
    before: EmployeeRow | undefined,
    after: object,
  ][] = [
    [{}, leaver, { active: false, accessLevelIds: ['all'], cardIds: ['c'], inactiveSince: since }],
    [{}, { ...ANN, accessLevelIds: ['gone'] }, { active: true, accessLevelIds: ['gone'] }],
    [{ active: true }, leaver, { active: true, accessLevelIds: ['all'], inactiveSince: undefined }],
    [{ active: false }, ANN, { active: false, accessLevelIds: ['all'], inactiveSince: MONDAY_9 }],
    [{ accessLevelIds: [] }, leaver, { active: false, accessLevelIds: [] }],
    [{}, undefined, { active: true, accessLevelIds: [], cardIds: [] }],
  ];
  for (const [given, before, after] of table) {
    const employee = before && { ...before, cardIds: ['c'] };
    t.match(effectsOf({ ...patch, ...given }, { employee }), [{ values: { name: 'Ann Lee', ...after } }]);
  }
  const unknown = { ...patch, accessLevelIds: ['no'] };
  t.match(outcomeOf(unknown, { employee: ANN }), { code: 'access-level-unknown' });
  const left = { ...leaver, inactiveSince: '2026-11-23T09:00:01.000Z' };
  t.match(outcomeOf({ ...patch, active: true }, { employee: left }), { code: 'changed-meanwhile' });
  t.match(outcomeOf(patch, { employee: left }), { outcome: 'applied' });
});

t.test('a link keeps dates that it does not give, except dates in the past', async (t) => {
  const past = '2026-11-22T00:00:00Z';
  const [soon, later, last] = ['2026-11-24T00:00:00Z', '2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'];
  type Dates = Pick<Card, 'validFrom' | 'validUntil'>;
  const table: [before: Dates, given: Dates, after: Dates][] = [
    [{ validFrom: past, validUntil: later }, {}, { validFrom: past, validUntil: later }],
    [{ validFrom: soon, validUntil: later }, { validUntil: last }, { validFrom: soon, validUntil: last }],
    [{ validUntil: past }, {}, {}],
    [{ validUntil: soon }, { validFrom: later }, { validFrom: later }],
    [{ validFrom: later }, { validUntil: soon }, { validUntil: soon }],
  ];
  for (const [before, given, after] of table) {
    const [put] = effectsOf(
      { ...link, ...given },
      { employee: ANN, card: { cardId: 'new', status: 'issued', ...before } },
    );
    t.same(put?.kind === 'put' && put.values, { cardId: 'new', status: 'active', employeeId: 'ann', ...after });
  }
});

t.test('the history says what a change replaced, without names and holders', async (t) => {
  const replacedIn = (content: ChangeContent, facts: Partial<ChangeFacts>) => {
    const [change, known] = [changeOf(content), { ...NOTHING, ...facts }];
    return replacedBy(change, known, evaluateChange(change, known));
  };
  const employee = { employeeId: 'ann', name: 'Bo', active: false, accessLevelIds: [] };
  t.same(replacedIn({ type: 'set-employee', employee }, { employee: ANN }), [
    { member: 'name' },
    { member: 'active', was: true, is: false },
    { member: 'accessLevelIds', was: ['all'], is: [] },
  ]);
  t.same(replacedIn({ type: 'set-employee', employee }, {}), [], 'a new employee replaces nothing');
  const card: Card = { cardId: 'c', status: 'active', employeeId: 'ann', validUntil: '2027-01-01T00:00:00Z' };
  t.same(replacedIn({ type: 'change-card', action: 'unlink', cardId: 'c' }, { card, employee: ANN }), [
    { member: 'status', was: 'active', is: 'issued' },
    { member: 'employeeId' },
    { member: 'validUntil', was: '2027-01-01T00:00:00Z' },
  ]);
  const [reader] = Array.from(INDEX.readers.values());
  if (reader === undefined) throw new Error('no reader');
  t.same(
    replacedIn({ type: 'remove-reader', readerId: reader.readerId }, {})
      .map(({ member }) => member)
      .sort(),
    Object.keys(reader)
      .filter((name) => name !== 'readerId')
      .sort(),
  );
});

t.test('an erased employee has no name, no rights, and no card that opens a door', async (t) => {
  const effects = effectsOf(
    { type: 'erase-employee', employeeId: 'ann' },
    {
      employee: { ...ANN, cardIds: ['c'], formerCardIds: ['f'] },
      employeeCards: cards({ cardId: 'c', status: 'active', employeeId: 'ann' }),
    },
  );
  t.notMatch(JSON.stringify(effects), /"Ann"/);
  t.match(effects, [
    { table: 'employees', values: { active: false, accessLevelIds: [] } },
    { table: 'employees', values: { erasedAt: MONDAY_9 } },
    { table: 'cards', values: { cardId: 'c', status: 'revoked', employeeId: undefined } },
    { kind: 'move', cardId: 'c', inside: undefined },
    { kind: 'move', cardId: 'f', inside: undefined, of: { employeeId: 'ann' } },
  ]);
});

t.test(
  'an old file does not bring an erased employee back; a new person with the id is created on purpose',
  async (t) => {
    const line = { type: 'patch-employee', employeeId: 'ann', name: 'Ann' } as const;
    const employee = { employeeId: 'ann', name: 'Ann', active: true, accessLevelIds: [] };
    const set: ChangeContent = { type: 'set-employee', employee };
    const card = { type: 'link-card', cardId: 'new', employeeId: 'ann', buildingId: 'b' } as const;
    const row: EmployeeRow = { employeeId: 'ann', name: ERASED_NAME, active: false, accessLevelIds: [] };
    const pending = { ...NOTHING, employee: row, wasErased: true };
    const code = 'employee-erased';
    for (const content of [line, set, card]) {
      t.match(outcomeOf(content, pending), { code, reason: /^The employee ann was erased/ }, content.type);
    }
    const version = versionOf('employee', row);
    const expecting = (expects: string, facts: ChangeFacts) => evaluateChange({ ...changeOf(set), expects }, facts);
    t.match(expecting('absent', pending), { code: 'already-exists', reason: /was erased\. .* choose another one/ });
    for (const expects of ['present', version]) t.match(expecting(expects, pending), { code: 'changed-meanwhile' });
    t.match(outcomeOf(line, { employee: row }), { code }, 'erased by an earlier version');

    const over = { ...NOTHING, wasErased: true };
    t.match(outcomeOf(line, over), { code, reason: /a file does not bring them back.*create them first/ });
    t.match(outcomeOf(set, over), { code });
    t.match(outcomeOf(card, over), { code: 'employee-unknown' });
    const created = expecting('absent', over);
    const key = { employeeKey: erasedKey('acme', 'ann') };
    t.match(created, { outcome: 'applied', effects: [{ values: { name: 'Ann', cardIds: [] } }, { key, values: {} }] });
    t.match(outcomeOf(line, { employee: ANN, wasErased: false }), { outcome: 'applied' }, 'then files count again');
    t.match(effectsOf({ type: 'erase-employee', employeeId: 'ann' }, { employee: ANN }), [
      { key: { employeeKey: 'acme/ann' } },
      { key, values: { erasedAt: MONDAY_9 } },
    ]);
    t.notMatch(key.employeeKey, /ann/);
  },
);

t.test('site rows that others depend on cannot be removed', async (t) => {
  const level = { accessLevelId: 'l', zoneIds: ['hard'], scheduleId: 'always' };
  t.match(outcomeOf({ type: 'set-access-level', accessLevel: level }, {}), { outcome: 'applied' });
  t.match(outcomeOf({ type: 'set-access-level', accessLevel: { ...level, zoneIds: ['x'] } }, {}), {
    code: 'zone-unknown',
  });
  t.match(outcomeOf({ type: 'set-access-level', accessLevel: { ...level, scheduleId: 'x' } }, {}), {
    code: 'schedule-unknown',
  });
  t.match(outcomeOf({ type: 'remove-access-level', accessLevelId: 'all' }, { accessLevelHeld: true }), {
    code: 'in-use',
  });
  t.match(outcomeOf({ type: 'remove-access-level', accessLevelId: 'all' }, {}), { effects: [{ values: {} }] });
  t.match(outcomeOf({ type: 'remove-schedule', scheduleId: 'always' }, {}), { code: 'in-use' });
  t.match(outcomeOf({ type: 'remove-schedule', scheduleId: 'x' }, {}), { code: 'schedule-unknown' });
  const reader = {
    readerId: 'r',
    door: 'd',
    buildingId: 'b',
    zoneId: 'hard',
    direction: 'in',
    mode: 'normal',
  } as const;
  t.match(outcomeOf({ type: 'set-reader', reader }, {}), { effects: [{ key: { siteKey: 'acme/readers', id: 'r' } }] });
  t.match(outcomeOf({ type: 'set-reader', reader: { ...reader, outerZoneId: 'x' } }, {}), { code: 'zone-unknown' });
  t.match(outcomeOf({ type: 'remove-reader', readerId: 'x' }, {}), { code: 'reader-unknown' });
});

t.test('the form of card numbers changes only while no reader converts them', async (t) => {
  const tenant = { tenantId: 'acme', name: 'Acme', cardNumbers: 'wiegand-26' } as const;
  t.match(outcomeOf({ type: 'set-tenant', tenant }, {}), {
    effects: [{ key: { siteKey: 'acme/tenant', id: 'acme' } }],
  });
  const [reader] = SITE.readers;
  if (reader === undefined) throw new Error('The site is empty');
  const readers = new Map([...INDEX.readers, [reader.readerId, { ...reader, cardFormat: 'uid-hex' as const }]]);
  const site = { ...INDEX, readers };
  const denied = { code: 'in-use', reason: new RegExp(`^Readers convert card numbers: ${reader.readerId}\\.`) };
  t.match(outcomeOf({ type: 'set-tenant', tenant }, { site }), denied);
  t.match(outcomeOf({ type: 'set-tenant', tenant: { ...tenant, cardNumbers: 'full' } }, { site }), {
    outcome: 'applied',
  });
  t.match(outcomeOf({ type: 'set-tenant', tenant }, { site, storedTenant: { ...tenant, name: 'A' } }), {
    outcome: 'applied',
  });
});

t.test('a new reader key ends the old ones with the overlap and removes expired ones', async (t) => {
  const overlapUntil = '2026-11-24T09:00:00.000Z';
  const content = { type: 'issue-reader-key', readerId: 'hard-in', keyId: 'k3', keyHash: 'c3', overlapUntil } as const;
  const effects = effectsOf(content, {
    readerKeys: [
      { keyId: 'k0', keyHash: 'c0', notAfter: '2026-11-20T00:00:00Z' },
      { keyId: 'k1', keyHash: 'c1', notAfter: '2026-11-23T10:00:00Z' },
      { keyId: 'k2', keyHash: 'c2' },
    ],
  });
  const puts = effects.flatMap((effect) => (effect.kind === 'put' && effect.table === 'apiKeys' ? [effect] : []));
  t.match(puts, [
    { key: { keyHash: 'c1' }, values: { notAfter: '2026-11-23T10:00:00Z' } },
    { key: { keyHash: 'c2' }, values: { notAfter: overlapUntil, readerIds: ['hard-in'], tenantId: 'acme' } },
    { key: { keyHash: 'c3' }, values: { notAfter: undefined } },
    { key: { keyHash: 'c0' }, values: {} },
  ]);
  t.match(effects[0], { table: 'site', values: { keys: [{ keyId: 'k1' }, { keyId: 'k2' }, { keyId: 'k3' }] } });
  t.match(outcomeOf({ ...content, readerId: 'x' }, {}), { code: 'reader-unknown' });
  const revoke = { type: 'revoke-reader-key', readerId: 'hard-in', keyId: 'k2' } as const;
  t.match(outcomeOf(revoke, {}), { code: 'key-unknown' });
  t.match(outcomeOf(revoke, { readerKeys: [{ keyId: 'k2', keyHash: 'c2' }] }), {
    effects: [{ values: { keys: [] } }, { key: { keyHash: 'c2' }, values: {} }],
  });
});

t.test('a reader’s keys tell the gateway its card format', async (t) => {
  const reader = {
    readerId: 'hard-in',
    door: 'd',
    buildingId: 'b',
    zoneId: 'hard',
    direction: 'in',
    mode: 'normal',
  } as const;
  const readerKeys = [
    { keyId: 'k1', keyHash: 'c1', notAfter: '2026-11-30T00:00:00Z' },
    { keyId: 'k2', keyHash: 'c2' },
  ];
  const storedTenant = { tenantId: 'acme', name: 'Acme', cardNumbers: 'wiegand-26' } as const;
  const hex = { ...reader, cardFormat: 'uid-hex' } as const;
  const formats = { cardFormats: { 'hard-in': 'uid-hex' }, cardNumbers: 'wiegand-26' };
  const puts = (...args: Parameters<typeof effectsOf>) =>
    effectsOf(...args).flatMap((effect) => (effect.kind === 'put' && effect.table === 'apiKeys' ? [effect] : []));

  const set = puts({ type: 'set-reader', reader: hex }, { readerKeys, storedTenant });
  t.match(set, [
    { key: { keyHash: 'c1' }, values: { ...formats, notAfter: '2026-11-30T00:00:00Z', readerIds: ['hard-in'] } },
    { key: { keyHash: 'c2' }, values: { ...formats, keyId: 'k2', tenantId: 'acme' } },
  ]);
  t.same(puts({ type: 'set-reader', reader: { ...reader, mode: 'free' } }, { readerKeys, storedTenant }), []);

  const site = { ...INDEX, readers: new Map(INDEX.readers).set('hard-in', hex) };
  t.same(puts({ type: 'set-reader', reader: hex }, { readerKeys, storedTenant, site }), [], 'the same format');
  const unset = puts({ type: 'set-reader', reader }, { readerKeys, storedTenant, site });
  t.equal(unset.length, 2);
  for (const { values } of unset) t.notOk('cardFormats' in values || 'cardNumbers' in values, 'no format any more');
  const shut = { ...INDEX, unreadableReaders: new Map([['hard-in', 'is invalid']]) };
  t.equal(puts({ type: 'set-reader', reader }, { readerKeys, site: shut }).length, 2, 'an unknown format is replaced');

  const issue = {
    type: 'issue-reader-key',
    readerId: 'hard-in',
    keyId: 'k3',
    keyHash: 'c3',
    overlapUntil: '2026-12-01T00:00:00Z',
  } as const;
  for (const { values } of puts(issue, { readerKeys, storedTenant, site })) t.match(values, formats);
  t.match(puts(issue, { site })[0]?.values, { cardNumbers: 'full' }, 'a tenant without settings has the defaults');
  for (const { values } of puts(issue, { readerKeys, storedTenant })) t.notOk('cardFormats' in values);
});

t.test('what a reader sent that could not be read is no card', async (t) => {
  t.match(outcomeOf({ ...link, cardId: 'unread-xyz' }, { employee: ANN }), { code: 'card-unread' });
});

t.test(
  'a permit names its author and reason, replaces the one for its zone and drops those that are over',
  async (t) => {
    const permit = { zoneId: 'hard', from: MONDAY_9, until: '2026-12-01T00:00:00Z', by: 'hanna', why: 'Audit' };
    const kept = { ...permit, zoneId: 'soft' };
    const over = { ...permit, zoneId: 'none', until: MONDAY_9 };
    const zonePermits = [{ ...permit, why: 'Earlier' }, kept, over];
    const change = changeOf({ type: 'permit-zone', employeeId: 'ann', zoneId: 'hard', until: permit.until });
    const facts = { ...NOTHING, employee: { ...ANN, zonePermits } };
    const given = { ...permit, by: change.by.userName, why: change.why };
    t.match(evaluateChange(change, facts), {
      effects: [{ table: 'employees', values: { ...ANN, zonePermits: [kept, given] } }],
    });
    const withdraw = { type: 'withdraw-permit', employeeId: 'ann', zoneId: 'hard' } as const;
    t.match(effectsOf(withdraw, facts), [{ values: { zonePermits: [kept] } }]);
    const last = effectsOf(withdraw, { employee: { ...ANN, zonePermits: [permit] } });
    t.same(last, [
      {
        kind: 'put',
        table: 'employees',
        key: { employeeKey: 'acme/ann' },
        values: { ...ANN, tenantId: 'acme', nameKey: 'ann #ann' },
      },
    ]);
    t.match(outcomeOf(withdraw, { employee: ANN }), { code: 'permit-unknown' });
    t.match(outcomeOf(withdraw, {}), { code: 'employee-unknown' });
    const ask = { type: 'permit-zone', employeeId: 'ann', zoneId: 'hard', until: permit.until } as const;
    t.match(outcomeOf(ask, {}), { code: 'employee-unknown' });
    t.match(outcomeOf({ ...ask, zoneId: 'nowhere' }, { employee: ANN }), { code: 'zone-unknown' });
    t.match(outcomeOf({ ...ask, until: MONDAY_9 }, { employee: ANN }), { code: 'permit-expired' });
    const many = Array.from({ length: MAX_ZONE_PERMITS }, (_, i) => ({ ...permit, zoneId: `z${i}` }));
    t.match(outcomeOf(ask, { employee: { ...ANN, zonePermits: many } }), { code: 'too-many-permits' });
    const { cardIds: _, ...sent } = ANN;
    const edited = effectsOf({ type: 'set-employee', employee: sent }, facts);
    t.match(edited, [{ values: { zonePermits } }], 'an edit of the person keeps them');
    const erased = effectsOf({ type: 'erase-employee', employeeId: 'ann' }, facts);
    t.notMatch(JSON.stringify(erased), /zonePermits/);
  },
);

t.test(
  'the card of a visit that is over comes back by itself; who is still inside with it keeps the place',
  async (t) => {
    const visit = { hostId: 'ann', buildingId: 'b', from: '2026-11-20T08:00:00Z', until: '2026-11-20T18:00:00Z' };
    const before: EmployeeRow = { ...ANN, employeeId: 'visit-1', cardIds: ['pool'], visit };
    const next: EmployeeRow = { ...ANN, employeeId: 'visit-2', visit: { ...visit, until: '2099-01-01T00:00:00Z' } };
    const card: Card = { cardId: 'pool', status: 'active', employeeId: 'visit-1' };
    const checkIn = { type: 'check-in-visit', employeeId: 'visit-2', cardId: 'pool' } as const;
    const rows = (facts: Partial<ChangeFacts>) =>
      effectsOf(checkIn, { employee: next, card, cardHolder: before, ...facts }).map((effect) =>
        effect.kind === 'put' ? { ...effect.key, ...effect.values } : effect,
      );
    t.match(rows({}), [
      { employeeKey: 'acme/visit-2', cardIds: ['pool'], visit: { checkedInAt: /^20/ } },
      { cardKey: 'acme/pool', status: 'active', employeeId: 'visit-2' },
      { employeeKey: 'acme/visit-1', cardIds: [] },
    ]);
    const inside = { buildingId: 'b', zoneId: 'hard', since: visit.from, swipeId: changeOf(checkIn).changeId };
    const row: Presence = { cardKey: 'acme/pool', version: 1, sequence: '', outbox: [], employeeId: 'visit-1', inside };
    t.match(rows({ presence: new Map([['pool', row]]), formerHolder: before }), [
      { employeeKey: 'acme/visit-2' },
      { cardKey: 'acme/pool', employeeId: 'visit-2' },
      { employeeKey: 'acme/visit-1', cardIds: [], formerCardIds: [/^no-card:/] },
      { kind: 'carry', employeeId: 'visit-1', from: ['pool'], to: /^no-card:/ },
    ]);
    const running = { ...before, visit: { ...visit, until: '2099-01-01T00:00:00Z' } };
    t.match(outcomeOf(checkIn, { employee: next, card, cardHolder: running }), { code: 'card-already-linked' });
    t.match(
      outcomeOf(checkIn, { employee: next, card, cardHolder: ANN }),
      { code: 'card-already-linked' },
      'an employee',
    );
    t.match(outcomeOf(checkIn, { employee: ANN }), { code: 'visit-unknown' });
    t.match(outcomeOf(checkIn, { employee: before }), { code: 'visit-over' });
  },
);

t.test('setting a visitor’s name keeps the visit: the rules for visitors still hold', async (t) => {
  const visit = { hostId: 'ann', buildingId: 'b', from: '2026-11-20T08:00:00Z', until: '2099-01-01T00:00:00Z' };
  const { cardIds: _, ...members } = { ...ANN, employeeId: 'visit-1' };
  const stored: EmployeeRow = { ...ANN, employeeId: 'visit-1', visit };
  t.match(effectsOf({ type: 'set-employee', employee: members }, { employee: stored }), [{ values: { visit } }]);
});

t.test('a card is traced in any state, until the trace ends or the card is unlinked', async (t) => {
  const begin = { type: 'trace-card', cardId: 'c', isTraced: true } as const;
  for (const status of CardStatus.enum) {
    const card: Card = { cardId: 'c', status, employeeId: 'ann' };
    const traced = { ...card, isTraced: true };
    t.match(effectsOf(begin, { card }), [{ table: 'cards', values: traced }]);
    const [ended] = effectsOf({ ...begin, isTraced: false }, { card: traced });
    t.same(ended?.kind === 'put' && ended.values, card);
    const [unlinked] = effectsOf(
      { type: 'change-card', action: 'unlink', cardId: 'c' },
      { card: traced, employee: ANN },
    );
    t.equal(unlinked?.kind === 'put' && unlinked.values['isTraced'], undefined);
  }
  t.match(outcomeOf(begin, {}), { code: 'card-unknown' });
});
