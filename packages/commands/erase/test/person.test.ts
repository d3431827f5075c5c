import fc from 'fast-check';
import t from 'tap';
import { changeWithoutPerson } from '../changes-of-person.js';
import { linesWithoutPerson, Person, reasonWithoutPerson, withoutPerson } from '../person.js';

const nina = new Person({ tenantId: 'acme', employeeId: 'emp-1', name: 'Nina Nová' });

t.test('isIn finds the person, and not other members with the same text', async (t) => {
  const theirs = [
    { employeeId: 'emp-1' },
    { employeeKey: 'acme/emp-1' },
    { nameKey: 'nina nová#emp-1' },
    { effects: JSON.stringify([{ key: { employeeKey: 'acme/emp-1' } }]) },
    { reason: 'The card c is linked to emp-1. Unlink it first.' },
    { reason: 'There is no employee emp-1.' },
    [{ outbox: '[{"employeeId":"emp-1"}]' }],
    { why: 'Asked for by emp-1, at the desk' },
  ];
  for (const value of theirs) t.equal(nina.isIn(value), true, JSON.stringify(value));
  const others = [
    { employeeId: 'emp-10' },
    { employeeKey: 'other/emp-1' },
    { cardId: 'emp-1' },
    { occupants: '["emp-1"]' },
    { why: 'As emp-1.5 and emp-1-b and x:emp-1 have it' },
    { changeKey: 'acme/emp-1' },
    'not [JSON',
    null,
    1,
  ];
  for (const value of others) t.equal(nina.isIn(value), false, JSON.stringify(value));
  const numbered = new Person({ tenantId: 'acme', employeeId: '42' });
  t.equal(numbered.isIn({ why: 'Moved to room 42' }), false);
  t.equal(numbered.isIn({ why: 'Moved', employeeId: '42' }), true);
});

t.test('finds the name in any case and Unicode form, if a name is given', async (t) => {
  t.equal(nina.isNamedIn({ why: 'for NINA NOVA\u0301' }), true);
  t.equal(nina.isNamedIn({ why: 'for nina\u00a0Nov\u200bá' }), true);
  t.equal(nina.isNamedIn({ why: 'for Nina' }), false);
  t.equal(new Person({ tenantId: 'acme', employeeId: 'emp-1' }).isNamedIn({ why: 'Nina Nová' }), false);
});

t.test('isInCsv compares whole cells', async (t) => {
  const header = 'employeeId,name\r\n';
  for (const line of [
    'emp-1,Nina',
    '"emp-1",Nina',
    ' emp-1 ,Nina',
    'card,emp-1',
    'card,emp-1\r',
    'emp-1;Nina',
    'card\temp-1',
    '="emp-1",Nina',
    'emp-1\u00a0;N',
    'emp-1,"Nina "Nin" Nova',
  ]) {
    t.equal(nina.isInCsv(`${header}${line}\n`), true, line);
  }
  for (const line of ['emp-10,Nina', 'xemp-1,Nina', 'card,about emp-1'])
    t.equal(nina.isInCsv(`${header}${line}`), false);
});

t.test('withoutPerson keeps the shape of the document and the data of others', async (t) => {
  const effects = [
    {
      kind: 'put',
      table: 'employees',
      key: { employeeKey: 'acme/emp-1' },
      values: { employeeId: 'emp-1', name: 'Nina', active: true, tenantId: 'acme', nameKey: 'nina#emp-1' },
    },
    {
      kind: 'put',
      table: 'employees',
      key: { employeeKey: 'acme/emp-2' },
      values: { employeeId: 'emp-2', name: 'Otto' },
    },
  ];
  const [first, second] = effects;
  t.strictSame(withoutPerson(effects, nina), [
    {
      ...first,
      key: { employeeKey: 'acme/erased' },
      values: { ...first?.values, employeeId: 'erased', name: '(erased)', nameKey: '(erased) #erased' },
    },
    second,
  ]);
  t.equal(
    reasonWithoutPerson('The employee emp-1 has the card emp-1, which', nina),
    'The employee erased has the card emp-1, which',
  );
  t.equal(reasonWithoutPerson('There is no employee emp-1.', nina), 'There is no employee erased.');
  t.equal(reasonWithoutPerson('linked to emp-1.5. Unlink', nina), 'linked to emp-1.5. Unlink');
});

t.test('a change about the person keeps no hash of their name', async (t) => {
  const change = {
    ...{ changeId: '0193a1d2-7c1e-7000-8000-000000000003', tenantId: 'acme', requestedAt: '2026-11-23T09:00:00.000Z' },
    ...{ by: { userId: 'u-1', userName: 'hanna' }, why: 'Married', expects: 'aaaaaaaa.bbbbbbbb.cccccccc' },
    content: {
      type: 'set-employee' as const,
      employee: { employeeId: 'emp-1', name: 'Nina', active: true, accessLevelIds: [] },
    },
  };
  t.notMatch(
    JSON.stringify(changeWithoutPerson(change, { person: nina, isAbout: true })),
    /expects|Nina|emp-1|Married/,
  );
});

const ids = fc.constantFrom('emp-1', 'emp-10', 'emp-2', undefined);
const lines = fc.array(
  fc.oneof(
    fc
      .record(
        { tenantId: fc.constantFrom('acme', 'other'), cardId: fc.string(), employeeId: ids },
        { requiredKeys: [] },
      )
      .map((line) => JSON.stringify(line)),
    fc.constantFrom(
      '',
      'no JSON with emp-1',
      '{"employeeId":"emp-1"',
      '"emp-1"',
      '{ "tenantId": "acme", "employeeId": "emp-2" }',
    ),
  ),
);

t.test('linesWithoutPerson removes the id from lines of the person and keeps the bytes of all others', async (t) => {
  fc.assert(
    fc.property(lines, fc.boolean(), (all, endsWithNewline) => {
      const text = all.join('\n') + (endsWithNewline ? '\n' : '');
      const done = linesWithoutPerson(Buffer.from(text), nina);
      const after = (done?.text.toString() ?? text).split('\n');
      let changed = 0;
      for (const [i, line] of text.split('\n').entries()) {
        const isTheirs = line.startsWith('{"tenantId":"acme"') && line.endsWith('"employeeId":"emp-1"}');
        if (!isTheirs) t.equal(after[i], line);
        else {
          changed += 1;
          t.notMatch(after[i], /employeeId/);
          t.strictSame({ ...JSON.parse(after[i] ?? ''), employeeId: 'emp-1' }, JSON.parse(line));
        }
      }
      t.equal(done?.lines ?? 0, changed);
      t.equal(done && linesWithoutPerson(done.text, nina), undefined);
    }),
  );
});
