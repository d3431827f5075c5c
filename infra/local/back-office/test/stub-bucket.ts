import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import type { ImportResult } from '@swipegate/contract';
import type { Test } from 'tap';

export interface StubBucket {
  url: string;
  s3: S3Client;
  /** Raw bodies of accepted uploads. */
  uploads: string[];
  /** Status of the answer to an upload; 204 accepts it. */
  status: number;
  /** Reason why the next previews refuse their file. */
  problem: string | undefined;
}

const RESULT_PATH = /^\/[^/]+\/import-results\/([^/]+)\/([^/.]+)(\.preview)?\.json/;
const APPROVAL_PATH = /\/([^/.]+)\.apply\.json/;

/**
 * Accepts any upload and returns a preview of two lines at once, one of them refused. Once it is applied, the other line
 * never settles.
 */
export async function stubBucket(t: Pick<Test, 'teardown'>, origin: () => string): Promise<StubBucket> {
  const bucket: Omit<StubBucket, 's3'> = { url: '', uploads: [], status: 204, problem: undefined };
  const applied = new Set<string>();
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', origin());
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (bucket.status === 204) bucket.uploads.push(Buffer.concat(chunks).toString());
        response.writeHead(bucket.status).end();
      });
      return;
    }
    // The admin API notes each form that it hands out, and each decision to apply a preview.
    if (request.method === 'PUT') {
      const [, approved] = APPROVAL_PATH.exec(request.url ?? '') ?? [];
      if (approved !== undefined) applied.add(approved);
      return request.resume().on('end', () => response.end());
    }
    const [, tenantId, importId, isPreview] = RESULT_PATH.exec(request.url ?? '') ?? [];
    const isThere = importId !== undefined && (isPreview !== undefined || applied.has(importId));
    if (bucket.uploads.length === 0 || tenantId === undefined || !isThere) {
      response.writeHead(404, { 'content-type': 'application/xml' });
      return response.end('<Error><Code>NoSuchKey</Code></Error>');
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(resultOf({ tenantId, importId }, bucket.problem)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The bucket has no TCP port');
  bucket.url = `http://127.0.0.1:${address.port}`;
  const s3 = new S3Client({
    region: 'eu-central-1',
    endpoint: bucket.url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  t.teardown(() => {
    s3.destroy();
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(bucket, { s3 });
}

function resultOf(place: { tenantId: string; importId: string }, problem: string | undefined): ImportResult {
  return {
    ...place,
    kind: 'employees',
    by: { userId: 'u', userName: 'hanna' },
    why: 'New joiners',
    finishedAt: new Date().toISOString(),
    ...(problem === undefined
      ? {
          notes: [
            {
              code: 'encoding-converted',
              message: 'The file was converted. Check these texts.',
              examples: ['Ann Müller'],
            },
            { code: 'columns-ignored', message: 'Columns are ignored.', examples: ['Abteilung'] },
          ],
          rows: [{ line: 2, values: { employeeId: 'emp-1', name: 'Ann Müller' } }],
          lines: [
            { line: 2, changeId: '0193a1d2-7c1e-7000-8000-000000000003' },
            { line: 3, field: 'name', reason: 'is missing' },
          ],
        }
      : { problem, lines: [] }),
  };
}
