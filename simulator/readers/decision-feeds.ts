import { setMaxListeners } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, Decision } from '@swipegate/contract';

interface DecisionFeedsOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  readerIds: ReadonlySet<string>;
  onDecision(decision: Decision): void;
}

const CHECK_MS = 20;
/** How long the streams may take to open, ms: there can be thousands, and the gateway may still be starting. */
const OPEN_PATIENCE_MS = 10_000;

class DecisionFeedsError extends Error {
  override readonly name = 'DecisionFeedsError';
  readonly code = 'DECISION_FEEDS_CLOSED';
}

/** One event stream per reader of the site, however many virtual readers simulate it. */
export class DecisionFeeds {
  readonly #stopping = new AbortController();
  readonly #opened: Promise<unknown>;
  readonly #following: Promise<void>[] = [];
  readonly #target: URL;
  #problem = 'no answer';

  constructor({ target, keys, readerIds, onDecision }: DecisionFeedsOptions) {
    const { signal } = this.#stopping;
    this.#target = target;
    // Each stream adds a listener; thousands of them are not a leak.
    setMaxListeners(0, signal);
    const opening = Array.from(readerIds, (readerId) => {
      const url = new URL(`/v1/readers/${encodeURIComponent(readerId)}/decisions`, target);
      const onProblem = (reason: string): void => {
        this.#problem = `reader ${readerId}: ${reason}`;
      };
      return new Promise<void>((resolve) => {
        const options = { url, key: keys[readerId] ?? '', onDecision, onProblem, signal };
        this.#following.push(followDecisions(options, resolve));
      });
    });
    this.#opened = Promise.all(opening);
  }

  /**
   * Resolves when every stream has opened once (from then on no decision is missed) or when the signal aborts.
   * @throws {DecisionFeedsError} DECISION_FEEDS_CLOSED when a stream does not open in time; all streams are then closed
   */
  async opened(signal: AbortSignal, patienceMs = OPEN_PATIENCE_MS): Promise<void> {
    const over = new AbortController();
    const patience = delay(patienceMs, 'late', { signal: AbortSignal.any([signal, over.signal]) }).catch(
      () => 'aborted',
    );
    const outcome = await Promise.race([this.#opened, patience]);
    over.abort();
    if (outcome !== 'late') return;
    await this.close();
    throw new DecisionFeedsError(
      `The decision streams of the gateway at ${this.#target.origin} did not open (${this.#problem}): check that it is running and that the keys file is its own.`,
    );
  }

  /** Resolves when `isQuiet` returns true, or after `patienceMs`. */
  async quiet(isQuiet: () => boolean, patienceMs: number): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    while (!isQuiet() && performance.now() < deadlineMs) await delay(CHECK_MS);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }
}

interface DecisionFeedOptions {
  /** URL of GET /v1/readers/{readerId}/decisions. */
  url: URL;
  key: string;
  onDecision(decision: Decision): void;
  /** Called when the stream does not open or breaks. The feed then reconnects. */
  onProblem?(reason: string): void;
  signal: AbortSignal;
}

const RECONNECT_MS = 200;
const isDecision = compile(Decision);

/** Sent to the gateway on reconnect. */
interface Position {
  lastEventId: string | undefined;
}

/**
 * Follows a reader's decisions as server-sent events, and reconnects until the signal aborts. No decision is missed in
 * between; some may arrive twice. @param onOpen called each time the stream opens
 */
export async function followDecisions(options: DecisionFeedOptions, onOpen: () => void): Promise<void> {
  const { signal } = options;
  const position: Position = { lastEventId: undefined };
  while (!signal.aborted) {
    try {
      const response = await open(options, position);
      if (response.statusCode === 200) {
        onOpen();
        await readEvents(response, position, options.onDecision);
      } else {
        response.resume();
        options.onProblem?.(`${response.statusCode} ${response.statusMessage}`);
      }
    } catch (error) {
      // The gateway may be down or restarting: try again.
      options.onProblem?.(error instanceof Error ? error.message || error.name : String(error));
    }
    await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

function open({ url, key, signal }: DecisionFeedOptions, { lastEventId }: Position): Promise<IncomingMessage> {
  const since = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const headers = { authorization: `Bearer ${key}`, ...since };
  return new Promise((resolve, reject) => {
    // No shared agent: the stream occupies its connection for its whole life.
    const outgoing = get(url, { agent: false, signal, headers }, resolve);
    outgoing.on('error', reject);
  });
}

/** Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
async function readEvents(response: IncomingMessage, position: Position, onDecision: (decision: Decision) => void) {
  response.setEncoding('utf8');
  let rest = '';
  let id = position.lastEventId;
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('id:')) id = line.slice('id:'.length).trim();
      if (!line.startsWith('data:')) continue;
      const value: unknown = JSON.parse(line.slice('data:'.length));
      if (isDecision(value)) onDecision(value);
      position.lastEventId = id;
    }
  }
}
