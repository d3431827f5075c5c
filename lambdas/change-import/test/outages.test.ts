import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { BUCKETS } from '@swipegate/contract';
import { provisionBackOffice } from '@swipegate/infra/local/cloud/provision-back-office';
import { startDatabase } from '@swipegate/infra/testing/local-database';
import { startServices } from '@swipegate/infra/testing/local-services';
import t from 'tap';
import { ImportFiles } from '../../stores/changes/import-files.js';
import { ImportOffers } from '../../stores/changes/import-offers.js';
import { type ImportPlace, uploadKey } from '../../stores/changes/object-keys.js';
import { composeImportHandler } from '../import-handler.js';
import { BY, noticeOf, PLACE } from './import-of.js';

const LINES = 25;
/** Number of attempts that the SDK makes. */
const ATTEMPTS = 3;
const { s3, sns, sqs, faults } = await startServices(t);
const { dynamodb, outage } = await startDatabase(t);
const { changesTopicArn, queueUrls } = await provisionBackOffice({ s3, sns, sqs });
const files = new ImportFiles(s3, BUCKETS.uploads);
const offers = new ImportOffers(s3, BUCKETS.uploads);
const handle = composeImportHandler({ dynamodb, s3, sns }, { CHANGES_TOPIC_ARN: changesTopicArn, LOG_LEVEL: 'silent' });
const run = async (place: ImportPlace) => (await handle({ Records: [noticeOf(uploadKey(place))] })).batchItemFailures;

async function put(place: ImportPlace, metadata: Record<string, string>): Promise<void> {
  const line = (_: unknown, i: number) => `e${i},Name`;
  const Body = ['employeeId,name', ...Array.from({ length: LINES }, line)].join('\n');
  await s3.send(new PutObjectCommand({ Bucket: BUCKETS.uploads, Key: uploadKey(place), Body, Metadata: metadata }));
}

async function putOffered(place: ImportPlace): Promise<void> {
  const { upload } = await offers.offer(place, { kind: 'employees', by: BY, why: 'New site' }, Date.now());
  await put(place, { request: upload.fields['x-amz-meta-request'] ?? '' });
}

const publishedCards: { id: string; cardId: string | undefined }[] = [];

/** Takes the published changes off the queue. @returns their employees, in queue order */
async function published(): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const QueueUrl = queueUrls.changes;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return found;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { employeeId: id, cardId } = JSON.parse(Body).content;
      found.push(id);
      publishedCards.push({ id, cardId });
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

t.test('if the site cannot be read, nothing is published and the message is retried', async (t) => {
  const place = { ...PLACE, importId: PLACE.importId.replace(/.$/, '9') };
  await putOffered(place);
  outage.isOn = true;
  t.equal((await run(place)).length, 1);
  outage.isOn = false;
  t.same(await published(), []);
  t.same(await run(place), []);
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

t.test('a message that SNS refuses alone does not come after a later one of the same person', async (t) => {
  const place = { ...PLACE, importId: PLACE.importId.replace(/.$/, '8') };
  const names = ['a', 'b', 'a', 'c', 'a', 'd', 'd'];
  const { upload } = await offers.offer(place, { kind: 'cards', by: BY, why: 'New site' }, Date.now());
  const Body = ['cardId,employeeId,buildingId', ...names.map((name, i) => `N${i},${name},hq`)].join('\n');
  const Metadata = { request: upload.fields['x-amz-meta-request'] ?? '' };
  await s3.send(new PutObjectCommand({ Bucket: BUCKETS.uploads, Key: uploadKey(place), Body, Metadata }));
  let calls = 0;
  // SNS refuses the first message of every other call, and takes the rest.
  sns.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input;
      if (!('PublishBatchRequestEntries' in input) || !Array.isArray(input.PublishBatchRequestEntries))
        return next(args);
      const [first, ...others] = input.PublishBatchRequestEntries;
      if (calls++ % 2 === 1) return next(args);
      const answer =
        others.length === 0
          ? { output: { $metadata: {}, Successful: [], Failed: [] }, response: {} }
          : await next({ ...args, input: { ...input, PublishBatchRequestEntries: others } });
      Object.assign(answer.output, { Failed: [{ Id: first?.Id, Code: 'InternalError', SenderFault: false }] });
      return answer;
    },
    { step: 'initialize', name: 'refuse' },
  );
  t.teardown(() => sns.middlewareStack.remove('refuse'));
  t.same(await run(place), []);
  const order = await published();
  t.same(order.toSorted(), names.toSorted(), 'each once');
  const { lines = [] } = (await files.result(place)) ?? {};
  t.equal(lines.length, names.length);
  t.same(
    publishedCards.filter(({ id }) => id === 'a').map(({ cardId }) => cardId),
    ['N0', 'N2', 'N4'],
  );
  t.same(
    publishedCards.filter(({ id }) => id === 'd').map(({ cardId }) => cardId),
    ['N5', 'N6'],
  );
});
