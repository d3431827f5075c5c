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
}

const RESULT_PATH = /^\/[^/]+\/import-results\/([^/]+)\/([^/.]+)\.json/;

/** Accepts any upload and returns a result of two lines at once: one is refused, one never settles. */
export async function stubBucket(t: Pick<Test, 'teardown'>, origin: () => string): Promise<StubBucket> {
  const bucket: Omit<StubBucket, 's3'> = { url: '', uploads: [], status: 204 };
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
    // The admin API notes each form that it hands out.
    if (request.method === 'PUT') return request.resume().on('end', () => response.end());
    const [, tenantId, importId] = RESULT_PATH.exec(request.url ?? '') ?? [];
    if (bucket.uploads.length === 0 || tenantId === undefined || importId === undefined) {
      response.writeHead(404, { 'content-type': 'application/xml' });
      return response.end('<Error><Code>NoSuchKey</Code></Error>');
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(resultOf(tenantId, importId)));
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

function resultOf(tenantId: string, importId: string): ImportResult {
  return {
    tenantId,
    importId,
    kind: 'employees',
    by: { userId: 'u', userName: 'hanna' },
    why: 'New joiners',
    finishedAt: new Date().toISOString(),
    lines: [
      { line: 2, changeId: '0193a1d2-7c1e-7000-8000-000000000003' },
      { line: 3, field: 'name', reason: 'is missing' },
    ],
  };
}
