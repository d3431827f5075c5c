import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, NotFound, PutObjectCommand } from '@aws-sdk/client-s3';
import { BUCKETS, type ImportStatus, type ImportUpload, MAX_IMPORT_BYTES } from '@swipegate/contract';
import t from 'tap';
import { startAdminApi } from './admin-api.js';
import { runEventFunctions } from './event-functions.js';

const api = await startAdminApi(t);
const { ask, services } = api;

async function offer(body: object = { kind: 'employees', why: 'New site' }, who = 'hanna'): Promise<ImportUpload> {
  const answer = await ask(who, 'POST', '/v1/imports', { payload: body });
  t.equal(answer.statusCode, 201, answer.body);
  t.equal(answer.headers['location'], `/v1/imports/${answer.json().importId}`);
  return answer.json();
}

/** Posts the form like a browser. @param more fields to add or replace */
async function upload(
  { upload: { url, fields } }: ImportUpload,
  file: string | Buffer,
  more: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...more })) form.set(name, value);
  form.set('file', new Blob([file], { type: 'text/csv' }), 'people.csv');
  const answer = await fetch(url, { method: 'POST', body: form });
  return { status: answer.status, body: await answer.text() };
}

const statusOf = async (importId: string, who = 'hanna'): Promise<ImportStatus> =>
  (await ask(who, 'GET', `/v1/imports/${importId}`)).json();

t.test('the bucket accepts only the upload that the form allows', async (t) => {
  const offered = await offer();
  t.match(await statusOf(offered.importId), { state: 'awaiting-upload' });
  const request = Buffer.from(
    JSON.stringify({ kind: 'employees', by: { userId: 'u', userName: 'olga' }, why: 'Mine' }),
  );
  const refused: [name: string, file: string | Buffer, more: Record<string, string>, code: RegExp][] = [
    ['one byte too many', Buffer.alloc(MAX_IMPORT_BYTES + 1, 'a'), {}, /EntityTooLarge/],
    ['another type', 'a', { 'Content-Type': 'text/html' }, /AccessDenied/],
    ['another author', 'a', { 'x-amz-meta-request': request.toString('base64url') }, /AccessDenied/],
    ['no author', 'a', { 'x-amz-meta-request': '' }, /AccessDenied/],
    ['more metadata', 'a', { 'x-amz-meta-admin': 'true' }, /AccessDenied/],
    ['another tenant’s key', 'a', { key: `imports/other/${offered.importId}.csv` }, /AccessDenied/],
    ['another import’s key', 'a', { key: `imports/demo/${randomUUID()}.csv` }, /AccessDenied/],
    ['a result', 'a', { key: `import-results/demo/${offered.importId}.json` }, /AccessDenied/],
    ['an ACL', 'a', { acl: 'public-read' }, /AccessDenied/],
    ['a redirect', 'a', { success_action_redirect: 'http://evil.example' }, /AccessDenied/],
    ['no policy', 'a', { Policy: 'e30=' }, /InvalidPolicyDocument|AccessDenied/],
  ];
  for (const [name, file, more, code] of refused) t.match(await upload(offered, file, more), { body: code }, name);
  t.match(await statusOf(offered.importId), { state: 'awaiting-upload' }, 'no upload was accepted');
  t.equal((await upload(offered, Buffer.alloc(MAX_IMPORT_BYTES, 'a'))).status, 204, 'the maximum size');
  t.match(await statusOf(offered.importId), { state: 'uploaded' });
  t.match(await statusOf(offered.importId, 'olga'), { status: 404 }, 'not visible to another tenant');
});

t.test('an import that was never requested is unknown', async (t) => {
  const answer = await ask('hanna', 'GET', `/v1/imports/${randomUUID()}`);
  t.match(answer.json(), { status: 404, code: 'not-found', detail: /import/ });
});

t.test('an upload form expires after 10 minutes', async (t) => {
  const offered = await offer();
  const minutes = (Date.parse(offered.expiresAt) - Date.now()) / 60_000;
  t.ok(minutes > 9 && minutes <= 10);
  services.pass(601_000);
  t.match(await upload(offered, 'a'), { status: 403, body: /expired/ });
  const Key = `imports/demo/${offered.importId}.csv`;
  await t.rejects(services.s3.send(new HeadObjectCommand({ Bucket: BUCKETS.uploads, Key })), NotFound);
  const stored = { Bucket: BUCKETS.uploads, Key: `import-offers/demo/${offered.importId}.json` };
  const past = JSON.stringify({ expiresAt: new Date(Date.now() - 1).toISOString() });
  await services.s3.send(new PutObjectCommand({ ...stored, Body: past }));
  t.match(await statusOf(offered.importId), { state: 'expired' });
});

t.test('a reason may be in any language, up to the size of the metadata', async (t) => {
  for (const why of ['東'.repeat(400), 'é"\\ \u2028 😀 <b>', 'a'.repeat(500)]) {
    const { upload } = await offer({ kind: 'cards', why });
    const metadata = upload.fields['x-amz-meta-request'] ?? '';
    t.match(metadata, /^[\x21-\x7e]+$/, 'metadata is ASCII');
    t.ok(metadata.length <= 2_041, `${metadata.length} bytes`);
    t.equal(JSON.parse(Buffer.from(metadata, 'base64url').toString()).why, why);
  }
  const long = await ask('hanna', 'POST', '/v1/imports', { payload: { kind: 'cards', why: '😀'.repeat(500) } });
  t.match(long.json(), { status: 400, code: 'bad-request', field: 'why', reason: /too long/ });
  for (const [payload, field] of [
    [{ kind: 'doors', why: 'New site' }, 'kind'],
    [{ kind: 'cards' }, 'why'],
    [{ kind: 'cards', why: 'New site', tenantId: 'other' }, 'tenantId'],
    [{ kind: 'cards', why: 'New site', by: { userName: 'anders' } }, 'by'],
  ] as const) {
    t.match((await ask('hanna', 'POST', '/v1/imports', { payload })).json(), { status: 400, field }, field);
  }
});

t.test('the result of each line, as JSON and as CSV without formulas', async (t) => {
  await runEventFunctions(t, api);
  // Forms are signed with the machine's clock. Reset the emulators' clock, which an earlier test moved forward.
  services.pass(-601_000);
  const empty = await offer();
  t.equal((await upload(empty, '')).status, 204);
  t.match(await settled(empty.importId), { state: 'done', problem: /The file is empty/, lines: [] });
  const offered = await offer();
  const text = [
    'employeeId,name,accessLevelIds',
    "im-1,=cmd|' /C calc'!A0,staff",
    'im-2,Two,nowhere',
    '=1+1,Three,',
    'im-4,Four',
  ].join('\r\n');
  t.equal((await upload(offered, text)).status, 204);
  const done = await settled(offered.importId);
  t.match(done, {
    kind: 'employees',
    totals: { applied: 1, rejected: 1, refused: 2 },
    lines: [
      { line: 2, state: 'applied' },
      { line: 3, state: 'rejected', code: 'access-level-unknown' },
      { line: 4, state: 'refused', field: 'employeeId' },
      { line: 5, state: 'refused', reason: /cells/ },
    ],
  });
  t.match((await ask('hanna', 'GET', '/v1/employees/im-1')).json(), { name: "=cmd|' /C calc'!A0" });
  const changes = await ask('aylin', 'GET', '/v1/changes?employeeId=im-1');
  t.match(changes.json(), { items: [{ by: { userName: 'hanna' }, why: 'New site' }] });
  for (const asked of [{ url: '?format=csv' }, { url: '', headers: { accept: 'text/csv' } }]) {
    const csv = await ask('hanna', 'GET', `/v1/imports/${offered.importId}${asked.url}`, {
      headers: asked.headers ?? {},
    });
    t.match(csv.headers['content-type'], /^text\/csv/);
    t.match(csv.headers['content-disposition'], /^attachment; filename="import-[\w-]+\.csv"$/);
    const cells = csv.body.split('\r\n').flatMap((line) => line.split(','));
    t.same(
      cells.filter((cell) => /^"?[=+@\t]/.test(cell)),
      [],
    );
  }
  // The same file again: S3 may notify twice, and a browser may upload twice.
  t.equal((await upload(offered, text)).status, 204);
  t.match((await settled(offered.importId)).totals, { applied: 1, rejected: 1, refused: 2 });
  t.equal(
    (await ask('aylin', 'GET', '/v1/changes?employeeId=im-1')).json().items.length,
    1,
    'each change is made once',
  );
  t.equal((await upload(offered, text.replace('Two', 'Zwei').replace('nowhere', 'staff'))).status, 204);
  for (;;) {
    const { totals } = await settled(offered.importId);
    if (totals?.['applied'] === 2) break;
    await delay(20);
  }
  t.match(
    (await ask('hanna', 'GET', '/v1/employees/im-2')).json(),
    { name: 'Zwei' },
    'an edited file makes new changes',
  );
});

t.test('a file with an empty cell or fewer columns takes no rights away', async (t) => {
  await runEventFunctions(t, api);
  const headers = { 'if-none-match': '*' };
  const leaver = { name: 'Lena', active: false, accessLevelIds: ['staff'], why: 'Left' };
  const put = await ask('hanna', 'PUT', '/v1/employees/c02-leaver', { payload: leaver, headers });
  await api.settled('hanna', put.json().changeId);
  const files: [text: string, is: object, replaced: object[] | undefined][] = [
    ['employeeId,name,active,accessLevelIds\nc02-leaver,Lena Leaver,,staff', leaver, [{ member: 'name' }]],
    ['employeeId,name\nc02-leaver,Lena', leaver, [{ member: 'name' }]],
    [
      'employeeId,name,active,accessLevelIds\nc02-leaver,Lena,TRUE,-',
      { active: true, accessLevelIds: [] },
      [
        { member: 'active', was: false, is: true },
        { member: 'accessLevelIds', was: ['staff'], is: [] },
      ],
    ],
  ];
  for (const [text, { ...is }, replaced] of files) {
    const offered = await offer();
    t.equal((await upload(offered, text)).status, 204);
    t.match((await settled(offered.importId)).totals, { applied: 1 });
    const { active, accessLevelIds } = (await ask('hanna', 'GET', '/v1/employees/c02-leaver')).json();
    t.match({ active, accessLevelIds }, { ...is, name: undefined, why: undefined }, text);
    const [change] = (await ask('aylin', 'GET', '/v1/changes?employeeId=c02-leaver')).json().items;
    t.same(change.replaced, replaced, text);
  }
});

t.test('a preview changes nothing until it is applied', async (t) => {
  await runEventFunctions(t, api);
  const apply = (importId: string, who = 'hanna') => ask(who, 'POST', `/v1/imports/${importId}/apply`);
  const preview = async (file: string | Buffer) => {
    const offered = await offer({ kind: 'employees', why: 'New site', preview: true });
    t.match((await apply(offered.importId)).json(), {
      status: 409,
      code: 'import-not-ready',
      detail: /awaiting-upload/,
    });
    t.equal((await upload(offered, file)).status, 204);
    for (;;) {
      const status = await statusOf(offered.importId);
      if (status.state === 'previewed') return status;
      await delay(20);
    }
  };
  const text = 'Personalnummer;Name;Abteilung\r\npre-1;M\xfcller;IT\r\n;Two;IT\r\n;;\r\n';
  const status = await preview(Buffer.from(text, 'latin1'));
  const { importId } = status;
  t.match(status, {
    kind: 'employees',
    totals: { valid: 1, refused: 1, blank: 1 },
    notes: [
      { code: 'encoding-converted', examples: ['Müller'] },
      { code: 'columns-renamed' },
      { code: 'columns-ignored' },
    ],
    rows: [{ line: 2, values: { employeeId: 'pre-1', name: 'Müller' } }],
    lines: [
      { line: 2, state: 'valid' },
      { line: 3, state: 'refused', field: 'employeeId' },
    ],
  });
  const hours = (Date.parse(status.expiresAt ?? '') - Date.now()) / 3_600_000;
  t.ok(hours > 23.9 && hours <= 24, `${hours} hours`);
  t.equal((await ask('hanna', 'GET', '/v1/employees/pre-1')).statusCode, 404, 'nothing has changed');
  const csv = await ask('hanna', 'GET', `/v1/imports/${importId}?format=csv`);
  t.match(csv.body, /\r\n2,valid,/);
  t.match((await apply(importId, 'olga')).json(), { status: 404, code: 'not-found' }, 'of another tenant');
  t.match((await apply(randomUUID())).json(), { status: 404, code: 'not-found' });
  const answers = await Promise.all([apply(importId, 'anders'), apply(importId, 'anders')]);
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [202, 202],
  );
  t.match(answers[0].json(), { importId, state: /applying|settling|done/ });
  t.match(await settled(importId), { totals: { applied: 1, refused: 1, blank: 1 } });
  t.match((await ask('hanna', 'GET', '/v1/employees/pre-1')).json(), { name: 'Müller' });
  t.match((await apply(importId)).json(), { state: 'done' }, 'applied already');
  const { items } = (await ask('aylin', 'GET', '/v1/changes?employeeId=pre-1')).json();
  t.match(items, [{ by: { userName: 'anders' }, why: 'New site' }], 'the author is the one who applied it');
  t.equal(items.length, 1);

  const doubtful = await preview('employeeId,name,accessLevelIds\r\npre-9,Nora,nowhere\r\n');
  t.match(doubtful, {
    totals: { doubtful: 1 },
    lines: [{ line: 2, state: 'doubtful', code: 'access-level-unknown', reason: /no access level nowhere/ }],
  });

  const wrong = await preview('name\r\nEve\r\n');
  t.match(wrong, { problem: /lacks employeeId/, lines: [] });
  t.match((await apply(wrong.importId)).json(), { status: 409, code: 'import-not-ready', detail: /lacks employeeId/ });

  const old = await preview('employeeId,name\r\npre-2,Eve\r\n');
  const stored = { Bucket: BUCKETS.uploads, Key: `import-results/demo/${old.importId}.preview.json` };
  const { Body } = await services.s3.send(new GetObjectCommand(stored));
  const found = JSON.parse((await Body?.transformToString()) ?? '');
  const finishedAt = new Date(Date.now() - 24 * 3_600_000).toISOString();
  await services.s3.send(new PutObjectCommand({ ...stored, Body: JSON.stringify({ ...found, finishedAt }) }));
  t.match(await statusOf(old.importId), { state: 'expired' });
  t.match((await apply(old.importId)).json(), { status: 410, code: 'import-expired' });
});

t.test('security imports zones and readers, HR does not', async (t) => {
  await runEventFunctions(t, api);
  for (const [who, kind] of [
    ['hanna', 'zones'],
    ['hanna', 'readers'],
    ['samuel', 'employees'],
    ['samuel', 'cards'],
    ['aylin', 'zones'],
  ] as const) {
    const refused = await ask(who, 'POST', '/v1/imports', { payload: { kind, why: 'New wing' } });
    t.match(refused.json(), { status: 403, code: 'role-not-allowed' }, `${who} ${kind}`);
  }
  const files: [kind: string, text: string, totals: object][] = [
    [
      'zones',
      'Zone;Gebäude;Name;Outer zone\r\nwing-safe;hq;Safe;wing\r\nwing;hq;Wing;\r\nlost;nowhere;Lost;\r\n',
      { applied: 2, rejected: 1 },
    ],
    [
      'readers',
      'Leser-ID;Tür;Gebäude;Zone;Richtung\r\nwing-1;Wing;hq;wing;ein\r\nsafe-1;Safe;hq;wing-safe;in\r\n',
      { applied: 2 },
    ],
    ['readers', 'Leser-ID;Tür;Gebäude;Zone;Richtung\r\nsafe-1;Safe door;;;\r\n', { applied: 1 }],
  ];
  for (const [kind, text, totals] of files) {
    const offered = await offer({ kind, why: 'New wing', preview: true }, 'samuel');
    t.equal((await upload(offered, text)).status, 204);
    for (;;) {
      const status = await statusOf(offered.importId, 'samuel');
      if (status.state === 'previewed') break;
      await delay(20);
    }
    const path = `/v1/imports/${offered.importId}`;
    t.match((await ask('hanna', 'GET', path)).json(), { status: 403 }, 'of another role');
    t.match((await ask('hanna', 'POST', `${path}/apply`)).json(), { status: 403 });
    t.equal((await ask('samuel', 'POST', `${path}/apply`)).statusCode, 202);
    t.match((await settled(offered.importId, 'samuel')).totals, totals, text);
  }
  const { items } = (await ask('samuel', 'GET', '/v1/readers')).json();
  t.match(
    items.filter(({ readerId }: { readerId: string }) => /^(wing|safe)-1$/.test(readerId)),
    [
      {
        readerId: 'safe-1',
        door: 'Safe door',
        zoneId: 'wing-safe',
        outerZoneId: 'wing',
        direction: 'in',
        mode: 'normal',
      },
      { readerId: 'wing-1', zoneId: 'wing', direction: 'in' },
    ],
  );
});

t.test('a preview of cards reads the cardholders and the form of card numbers', async (t) => {
  await runEventFunctions(t, api);
  const headers = { 'if-none-match': '*' };
  const settings = { name: 'Demo', cardNumbers: 'wiegand-26', why: 'Old readers' };
  const set = await ask('anders', 'PUT', '/v1/tenant', { payload: settings, headers });
  t.equal(set.statusCode, 202, set.body);
  await api.settled('anders', set.json().changeId);
  const offered = await offer({ kind: 'cards', why: 'New cards', preview: true });
  const rows = ['cardId,employeeId,buildingId,cardFormat', '04A1B2C3,nobody,hq,uid-hex', 'card-00001,emp-00001,hq,'];
  t.equal((await upload(offered, rows.join('\n'))).status, 204);
  for (;;) {
    const status = await statusOf(offered.importId);
    if (status.state === 'previewed') {
      t.match(status.lines, [
        { line: 2, state: 'doubtful', code: 'employee-unknown' },
        { line: 3, state: 'doubtful', code: 'card-already-linked' },
      ]);
      t.match(status.rows, [{ values: { cardId: 'w26-161-45763' } }, {}]);
      break;
    }
    await delay(20);
  }
});

async function settled(importId: string, who = 'hanna'): Promise<ImportStatus> {
  for (;;) {
    const status = await statusOf(importId, who);
    if (status.state === 'done') return status;
    await delay(20);
  }
}
