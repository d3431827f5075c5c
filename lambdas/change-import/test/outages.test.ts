import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { BUCKETS } from '@swipegate/contract';
import { provisionBackOffice } from '@swipegate/infra/local/cloud/provision-back-office';
import { startServices } from '@swipegate/infra/testing/local-services';
import t from 'tap';
import { ImportFiles } from '../../stores/changes/import-files.js';
import { type ImportPlace, uploadKey } from '../../stores/changes/object-keys.js';
import { composeImportHandler } from '../import-handler.js';
import { BY, noticeOf, PLACE } from './import-of.js';

const LINES = 25;
/** Number of attempts that the SDK makes. */
const ATTEMPTS = 3;
const { s3, sns, sqs, faults } = await startServices(t);
const { changesTopicArn, queueUrls } = await provisionBackOffice({ s3, sns, sqs });
const files = new ImportFiles(s3, BUCKETS.uploads);
const handle = composeImportHandler({ s3, sns }, { CHANGES_TOPIC_ARN: changesTopicArn, LOG_LEVEL: 'silent' });
const run = async (place: ImportPlace) => (await handle({ Records: [noticeOf(uploadKey(place))] })).batchItemFailures;

async function put(place: ImportPlace, metadata: Record<string, string>): Promise<void> {
  const line = (_: unknown, i: number) => `e${i},Name`;
  const Body = ['employeeId,name', ...Array.from({ length: LINES }, line)].join('\n');
  await s3.send(new PutObjectCommand({ Bucket: BUCKETS.uploads, Key: uploadKey(place), Body, Metadata: metadata }));
}

async function putOffered(place: ImportPlace): Promise<void> {
  const { upload } = await files.offer(place, { kind: 'employees', by: BY, why: 'New site' }, Date.now());
  await put(place, { request: upload.fields['x-amz-meta-request'] ?? '' });
}

/** Takes the published changes off the queue. @returns their employees, in queue order */
async function published(): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const QueueUrl = queueUrls.changes;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return found;
    for (const { Body = '', ReceiptHandle } of Messages) {
      found.push(JSON.parse(Body).content.employee.employeeId);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
const ALL = Array.from({ length: LINES }, (_, i) => `e${i}`);

t.test('if the bucket is down, nothing is published and the message is retried', async (t) => {
  await putOffered(PLACE);
  faults.s3.failNext('GetObject', { times: ATTEMPTS });
  t.match(await run(PLACE), [{ itemIdentifier: 'm-1' }]);
  t.same(await published(), []);
  t.same(await run(PLACE), []);
  t.same(await published(), ALL);
});

for (const [i, kind] of (['internal', 'throttle', 'answer-lost'] as const).entries()) {
  t.test(`if the topic fails (${kind}), each line is still published once, in order`, async (t) => {
    const place = { ...PLACE, importId: PLACE.importId.replace(/.$/, String(i + 2)) };
    await putOffered(place);
    faults.sns.failNext('PublishBatch', { times: ATTEMPTS, kind });
    t.equal((await run(place)).length, 1);
    t.equal(await files.result(place), undefined, 'the import is not finished');
    t.same(await run(place), []);
    t.same(await published(), ALL);
    t.match(await files.result(place), { lines: { length: LINES } });
  });
}

t.test('if the result cannot be written, the message is retried and nothing is published twice', async (t) => {
  const place = { ...PLACE, importId: PLACE.importId.replace(/.$/, '6') };
  await putOffered(place);
  faults.s3.failNext('PutObject', { times: ATTEMPTS });
  t.equal((await run(place)).length, 1);
  t.same(await run(place), []);
  t.same(await published(), ALL);
  t.match(await files.result(place), { lines: { length: LINES } });
});

t.test('a file without valid request metadata is not imported', async (t) => {
  const foreign = Buffer.from(JSON.stringify({ kind: 'employees', by: BY })).toString('base64url');
  for (const request of [undefined, '', 'x', Buffer.from('{}').toString('base64url'), foreign]) {
    const place = { ...PLACE, importId: PLACE.importId.replace(/.$/, '7') };
    await put(place, request === undefined ? {} : { request });
    t.same(await run(place), [], 'a retry would not help');
    t.equal(await files.result(place), undefined);
  }
  t.same(await published(), []);
});
