import { createServer } from 'node:http';
import type { MemoryObjectStore } from './memory-archive.js';

const PAGE = 2;

/**
 * The part of S3 that an archive needs, over a store in memory: PutObject, GetObject and ListObjectsV2, path style,
 * with pages of two keys and a single bucket.
 */
export async function startS3Stub(store: MemoryObjectStore, bucket: string) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub');
    const [, name = '', ...path] = decodeURIComponent(url.pathname).split('/');
    const key = path.join('/');
    const fail = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>${code} ${name}/${key}</Message></Error>`);
    if (name !== bucket) fail(404, 'NoSuchBucket');
    else if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      await store.put(key, Buffer.concat(chunks)).then(
        () => response.end(),
        // The SDK does not retry this error.
        () => fail(400, 'InvalidRequest'),
      );
    } else if (key !== '') {
      const bytes = store.objects.get(key);
      if (bytes === undefined) fail(404, 'NoSuchKey');
      else response.end(bytes);
    } else response.writeHead(200, { 'content-type': 'application/xml' }).end(await listing(store, url.searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function listing(store: MemoryObjectStore, query: URLSearchParams): Promise<string> {
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const keys: string[] = [];
  for await (const key of store.list(query.get('prefix') ?? '', after)) keys.push(key);
  const page = keys.slice(0, PAGE);
  const more = keys.length > PAGE ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
  return `<ListBucketResult><IsTruncated>${more !== ''}</IsTruncated>${more}${contents}</ListBucketResult>`;
}
