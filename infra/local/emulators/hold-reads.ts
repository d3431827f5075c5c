import { createDecipheriv } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import db from 'kinesalite/db/index.js';
import inject from 'light-my-request';
import { bodyOf, failed, takeListener } from './protocol/serve-emulator.js';

/** Longest wait of a read for a record, ms. Below the time after which a gateway takes its decisions for outdated. */
const HOLD_MS = 100;

/**
 * Makes a kinesalite hold GetRecords of an empty shard until a record arrives, for up to 100 ms. So a reader gets a record
 * at once, as with SubscribeToShard, and reads an idle shard less often than with a short poll interval.
 */
export function holdEmptyReads(server: Server): Server {
  const kinesalite = takeListener(server);
  const puts = new Puts();

  async function read(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const payload = await bodyOf(request);
    const shardId = shardOf(payload);
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = request.headers;
    const waiting = AbortSignal.timeout(HOLD_MS);
    for (;;) {
      const before = puts.of(shardId);
      const answer = await inject(kinesalite, { method: 'POST', url: '/', headers, payload });
      // A shard at its end has no next iterator, and gets no record any more.
      const isEmpty = answer.payload.includes('"Records":[]') && answer.payload.includes('"NextShardIterator"');
      if (!isEmpty || waiting.aborted || response.destroyed) {
        response.writeHead(answer.statusCode, answer.headers).end(answer.rawPayload);
        return;
      }
      await puts.after(before, shardId, waiting);
    }
  }

  server.on('request', (request, response) => {
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    if (operation === 'GetRecords') {
      read(request, response).catch(failed(response));
      return;
    }
    if (operation.startsWith('PutRecord')) puts.watch(response);
    kinesalite(request, response);
  });
  return server;
}

/** Counts puts by shard. Shards of the same name in two streams share a count, which costs a read too many. */
class Puts {
  readonly #counts = new Map<string, number>();
  readonly #events = new EventEmitter().setMaxListeners(0);

  of(shardId: string): number {
    return this.#counts.get(shardId) ?? 0;
  }

  /** Counts the records that a call has stored, when it is answered. */
  watch(response: ServerResponse): void {
    const end = response.end.bind(response);
    response.end = (answer?: unknown) => {
      for (const shardId of new Set(String(answer).match(/shardId-\d{12}/g))) {
        this.#counts.set(shardId, this.of(shardId) + 1);
        this.#events.emit(shardId);
      }
      return end(answer);
    };
  }

  /** Resolves when the count of a shard differs from `before`, or when the signal aborts. */
  async after(before: number, shardId: string, signal: AbortSignal): Promise<void> {
    if (this.of(shardId) === before) await once(this.#events, shardId, { signal }).catch(() => undefined);
  }
}

/** The shard of a GetRecords call, from its iterator; empty for a call that kinesalite refuses. */
function shardOf(body: Buffer): string {
  try {
    const { ShardIterator }: { ShardIterator?: unknown } = JSON.parse(body.toString());
    const decipher = createDecipheriv('aes-256-cbc', db.ITERATOR_PWD_KEY, db.ITERATOR_PWD_IV);
    const encrypted = Buffer.from(String(ShardIterator), 'base64').subarray(8);
    const [, , shardId = ''] = `${decipher.update(encrypted)}${decipher.final()}`.split('/');
    return shardId;
  } catch {
    return '';
  }
}
