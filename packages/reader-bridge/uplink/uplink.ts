import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile, DoorEvent, PostedSwipe, type Swipe } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import type { Logger } from 'pino';
import Type from 'typebox';
import type { GatewayClient, Report } from './gateway-client.js';
import type { Entry, Spool } from './spool.js';

const MOST_IN_BODY = 100;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const HEARTBEAT_MS = 60_000;

/** Problems of an item itself: sending it again does not help. */
const NEVER_TAKEN: ReadonlySet<string> = new Set(['invalid-item', 'reader-not-allowed']);

const isReport = compile(
  Type.Union([
    Type.Object({ kind: Type.Literal('swipe'), item: PostedSwipe }),
    Type.Object({ kind: Type.Literal('door-event'), item: DoorEvent }),
  ]),
);

/** A swipe whose door stays shut until the bridge opens it. */
export interface Asked {
  swipe: Swipe;
  /** Nobody is locked in: the way out asks nobody. */
  isWayOut: boolean;
  /** How long a person waits, ms. */
  patienceMs: number;
  /** @throws {Error} if the door does not open */
  open: () => Promise<void>;
  /** Tells the reader that the door stays shut. */
  deny?: () => void;
}

/** Brings what one device reports to the gateway: on disk first, then in order, again and again until it is durable there. */
export class Uplink {
  readonly #spool: Spool;
  readonly #client: GatewayClient;
  readonly #log: Logger;
  readonly #firstPauseMs: number;
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;
  /** When readers were last said to be alive. */
  readonly #heard = new Map<string, number>();
  #flushed: (() => void) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    { spool, client, log }: { spool: Spool; client: GatewayClient; log: Logger },
    { firstPauseMs = FIRST_PAUSE_MS }: { firstPauseMs?: number } = {},
  ) {
    this.#spool = spool;
    this.#client = client;
    this.#log = log;
    this.#firstPauseMs = firstPauseMs;
  }

  get client(): GatewayClient {
    return this.#client;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves once the report is on disk: only then has the device been heard. @throws {SpoolError} */
  async report(report: Report): Promise<void> {
    await this.#spool.append(report);
    this.#wake();
  }

  /**
   * Opens the door if the gateway grants the swipe in time. It is asked now, and not behind what waits on disk. Until then
   * the swipe is on disk as one that was denied; that is not sent if the gateway has the question.
   * Resolves once the swipe is on disk, which may be before its answer. @throws {SpoolError}
   */
  async letIn({ swipe, isWayOut, patienceMs, open, deny }: Asked): Promise<void> {
    const { readerId } = swipe;
    const startedAt = performance.now();
    const tryOpen = async (): Promise<boolean> => {
      const waitedMs = Math.round(performance.now() - startedAt);
      try {
        if (waitedMs > patienceMs) throw new Error('the answer was too late');
        await open();
        this.#log.info({ readerId, waitedMs }, 'the door opens');
        return true;
      } catch (error) {
        this.#log.error({ readerId, reason: messageOf(error) }, 'the door was to open, and has not');
        return false;
      }
    };
    if (isWayOut) {
      const offlineOutcome = (await tryOpen()) ? 'granted' : 'denied';
      return this.report({ kind: 'swipe', item: { ...swipe, offlineOutcome } });
    }
    const answer = this.#client.ask(swipe, patienceMs);
    void answer.then(({ granted, reason }) => {
      if (granted) return tryOpen();
      this.#log.info({ readerId, reason }, 'the door stays shut');
      deny?.();
      return false;
    });
    const settled = answer.then(({ durable }) => durable);
    await this.#spool.append({ kind: 'swipe', item: { ...swipe, offlineOutcome: 'denied' } } satisfies Report, settled);
    this.#wake();
  }

  /** Says that readers are alive, at most once a minute. It is not stored: a heartbeat that is lost comes again. */
  heartbeat(readerIds: readonly string[]): void {
    const nowMs = performance.now();
    const due = readerIds.filter((id) => nowMs - (this.#heard.get(id) ?? Number.NEGATIVE_INFINITY) >= HEARTBEAT_MS);
    for (const readerId of due) this.#heard.set(readerId, nowMs);
    const occurredAt = new Date().toISOString();
    const events = due.map(
      (readerId): Report => ({
        kind: 'door-event',
        item: { eventId: randomUUID(), readerId, type: 'heartbeat', occurredAt },
      }),
    );
    void this.#client.post(events, HEARTBEAT_MS / 2).then((posted) => {
      if (posted.kind !== 'taken') this.#log.debug({ reason: posted.reason }, 'a heartbeat was not taken');
    });
  }

  /** Sends what waits for at most `flushMs`, and ends. The rest stays on disk. */
  stop(flushMs: number): Promise<void> {
    this.#stopped ??= this.#stop(flushMs);
    return this.#stopped;
  }

  async #stop(flushMs: number): Promise<void> {
    if (this.#running !== undefined) {
      const flushed = new Promise<void>((resolve) => {
        this.#flushed = resolve;
      });
      this.#wake();
      await Promise.race([flushed, sleep(flushMs, undefined, { signal: this.#stopping.signal })]);
      this.#stopping.abort();
      this.#wake();
      await this.#running;
    }
    await this.#spool.close();
  }

  async #run(): Promise<void> {
    let pauseMs = this.#firstPauseMs;
    while (!this.#stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        const wait = await this.#sendSome();
        if (wait === undefined) {
          pauseMs = this.#firstPauseMs;
          continue;
        }
        if (wait === 'empty') {
          this.#flushed?.();
          await woken;
          continue;
        }
        await this.#pause(Math.max(wait.atLeastMs, pauseMs));
      } catch (error) {
        this.#log.error({ err: error }, 'the spool cannot be read');
        await this.#pause(pauseMs);
      }
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** @returns undefined if something was sent, else how long to wait before the next attempt */
  async #sendSome(): Promise<undefined | 'empty' | { atLeastMs: number }> {
    const entries = await this.#spool.peek(MOST_IN_BODY);
    const [first] = entries;
    if (first === undefined) return 'empty';
    if (await first.settled) {
      await this.#spool.release(first);
      return undefined;
    }
    const batch = batchOf(entries);
    if (batch === undefined) {
      // Written by another version.
      await this.#park(first, 'This version of the bridge does not know what it is.');
      await this.#spool.release(first);
      return undefined;
    }
    return this.#sendBatch(batch);
  }

  async #sendBatch(batch: readonly { entry: Entry; report: Report }[]): Promise<undefined | { atLeastMs: number }> {
    const [first] = batch;
    if (first === undefined) return undefined;
    const posted = await this.#client.post(batch.map(({ report }) => report));
    switch (posted.kind) {
      case 'later': {
        const { reason, retryAfterMs = 0, isFault } = posted;
        if (isFault)
          this.#log.error({ reason }, 'the gateway refuses this device: correct its key or the gateway’s address');
        else this.#log.warn({ reason, waiting: this.#spool.bytes }, 'the gateway does not answer yet');
        return { atLeastMs: isFault ? Math.max(retryAfterMs, this.#firstPauseMs * 10) : retryAfterMs };
      }
      case 'unreadable':
        if (batch.length > 1) {
          // One item spoils the others: find it.
          for (const each of batch) {
            const wait = await this.#sendBatch([each]);
            if (wait !== undefined) return wait;
          }
          return undefined;
        }
        await this.#park(first.entry, posted.reason);
        await this.#spool.release(first.entry);
        return undefined;
      case 'taken': {
        const again = posted.rejected.filter(({ code }) => !NEVER_TAKEN.has(code)).map(({ index }) => index);
        const count = again.length === 0 ? batch.length : Math.min(...again);
        for (const { index, field, reason } of posted.rejected) {
          const entry = batch[index]?.entry;
          if (entry !== undefined && index < count) await this.#park(entry, `${field} ${reason}`.trim());
        }
        const last = batch[count - 1];
        if (last !== undefined) await this.#spool.release(last.entry);
        return again.length === 0 ? undefined : { atLeastMs: 0 };
      }
    }
  }

  /** Sending it again would hold up all that comes after it. */
  async #park({ value }: Entry, reason: string): Promise<void> {
    await this.#spool.park(value, reason);
    this.#log.error(
      { item: value, reason, parked: this.#spool.parked },
      'an item can never be taken: it is in parked.log',
    );
  }

  async #pause(ms: number): Promise<void> {
    // Not all devices of a site at once.
    const jittered = ms * (1 + Math.random() / 4);
    await sleep(jittered, undefined, { signal: this.#stopping.signal }).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw new Error(messageOf(error));
    });
  }
}

/** The first reports, of one kind, none of which is being asked about; undefined if the first is no report. */
function batchOf(entries: readonly Entry[]): { entry: Entry; report: Report }[] | undefined {
  const batch: { entry: Entry; report: Report }[] = [];
  for (const entry of entries) {
    const { value } = entry;
    if (!isReport(value)) break;
    const [first] = batch;
    if (first !== undefined && (entry.settled !== undefined || value.kind !== first.report.kind)) break;
    batch.push({ entry, report: value });
  }
  return batch.length === 0 ? undefined : batch;
}
