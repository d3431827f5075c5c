import type { Change } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { approvalKey, parseUploadKey, previewKey, resultKey, uploadKey } from '../../stores/changes/object-keys.js';
import { BY, importer, PLACE } from './import-of.js';

const lines = (count: number, name = 'Name') =>
  ['employeeId,name', ...Array.from({ length: count }, (_, i) => `e${i},${name}`)].join('\n');
const ids = (changes: readonly Change[]) => changes.map(({ changeId }) => changeId);

t.test('a file delivered twice publishes the same changes', async (t) => {
  const first = importer({ content: lines(25) });
  t.equal(await first.run(), 0);
  t.match(first.published[0], { tenantId: PLACE.tenantId, by: BY, why: 'New site' });
  t.match(first.published[0]?.changeId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  const once = ids(first.published);
  t.equal(await first.run(), 0);
  t.same(ids(first.published), [...once, ...once]);
  t.equal(new Set(once).size, 25);
  t.same(first.results[0], first.results[1]);
});

t.test('a replaced file, or the same file in another import, has other changeIds', async (t) => {
  const [one, other] = [importer({ content: lines(3) }), importer({ content: lines(3, 'Other') })];
  await one.run();
  await other.run();
  const elsewhere = importer({ content: lines(3) });
  await elsewhere.run(uploadKey({ ...PLACE, importId: '3f9d1c52-8f0e-4d0a-9a52-0c8f5f0d7b12' }));
  const all = [one, other, elsewhere].flatMap(({ published }) => ids(published));
  t.equal(new Set(all).size, 9);
});

t.test('after any interruptions each line is published in order with its changeId', async () => {
  const whole = importer({ content: lines(35) });
  await whole.run();
  const expected = ids(whole.published);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 6 }), async (breaks) => {
      const accepted: string[] = [];
      for (const [i, after] of [...breaks, 5].entries()) {
        const isLast = i === breaks.length;
        let calls = 0;
        const { run, results } = importer({ content: lines(35) }, async (changes) => {
          if (calls++ === after && !isLast) throw new Error('The topic is down');
          // SNS deduplicates by changeId.
          accepted.push(...ids(changes).filter((id) => !accepted.includes(id)));
        });
        if ((await run()) !== (isLast || after > 3 ? 0 : 1)) throw new Error('a failure was not reported');
        if (results.length !== (isLast || after > 3 ? 1 : 0)) throw new Error('a result of an unfinished import');
      }
      if (accepted.join() !== expected.join()) throw new Error('not each once, in order');
    }),
    { numRuns: 30 },
  );
});

t.test('an interrupted body is not the end of the file', async (t) => {
  const { run, results } = importer({ content: [Buffer.from(lines(12)), Buffer.from('\ne12,Na')], breaks: true });
  t.equal(await run(), 1, 'the message is retried');
  t.same(results, [], 'half a line is not a line');
});

t.test('a preview publishes nothing; the decision to apply it publishes the same lines', async (t) => {
  const content = `${lines(2)}\n,x`;
  const preview = importer({ content, preview: true });
  t.equal(await preview.run(), 0);
  t.same([preview.published, preview.results], [[], []]);
  const [found] = preview.previews;
  t.match(found, {
    rows: [
      { line: 2, values: { employeeId: 'e0', name: 'Name' } },
      { line: 3, values: { employeeId: 'e1', name: 'Name' } },
    ],
    lines: [{ line: 2 }, { line: 3 }, { line: 4, field: 'employeeId' }],
  });
  const approval = {
    by: { userId: 'u-2', userName: 'anders' },
    requestedAt: '2026-11-25T10:00:00.000Z',
    fileHash: found?.fileHash ?? '',
  };
  const apply = importer({ content, preview: true, approval });
  t.equal(await apply.run(approvalKey(PLACE)), 0);
  t.same(
    apply.published.map(({ changeId, by, requestedAt }) => ({ changeId, by, requestedAt })),
    found?.lines.slice(0, 2).map(({ changeId }) => ({ changeId, by: approval.by, requestedAt: approval.requestedAt })),
  );
  t.same(apply.results[0]?.lines, found?.lines);
  t.equal(await apply.run(uploadKey(PLACE)), 0, 'a late notice of the upload');
  t.equal(apply.results.length, 1, 'leaves the result as it is');
  const other = importer({ content: lines(3), preview: true, approval });
  t.equal(await other.run(approvalKey(PLACE)), 0);
  t.same(other.published, []);
  t.match(other.results, [
    { lines: [], problem: /replaced after its preview\. Upload it again\. Nothing was imported/ },
  ]);
  const undecided = importer({ content, preview: true });
  t.equal(await undecided.run(approvalKey(PLACE)), 0, 'an unreadable decision is not retried');
  t.same([undecided.published, undecided.results], [[], []]);
});

t.test('a preview shows the first rows', async (t) => {
  const { previews, run } = importer({ content: lines(200), preview: true });
  await run();
  t.equal(previews[0]?.rows?.length, 10);
  t.equal(previews[0]?.lines.length, 200);
});

t.test('keys that are not uploads', async (t) => {
  const { run, published } = importer({ content: lines(1) });
  const { importId } = PLACE;
  for (const key of [
    'imports/demo/../other/x.csv',
    `imports/../demo/${importId}.csv`,
    `imports/demo/${importId}.csv.exe`,
    `imports/de mo/${importId}.csv`,
    `x/imports/demo/${importId}.csv`,
    `imports/${'t'.repeat(65)}/${importId}.csv`,
    `imports/demo/${importId.toUpperCase()}.csv`,
    resultKey(PLACE),
    previewKey(PLACE),
  ]) {
    t.equal(parseUploadKey(key), undefined, key);
    t.equal(await run(key), 0, 'the message is not retried');
  }
  t.same(published, []);
  t.same(parseUploadKey(uploadKey(PLACE)), { ...PLACE, isApproval: false });
  t.same(parseUploadKey(approvalKey(PLACE)), { ...PLACE, isApproval: true });
});
