import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, Decision } from '../../gateway/contract/index.js';

export interface DecisionFeedOptions {
  /** URL of GET /v1/readers/{readerId}/decisions. */
  url: URL;
  key: string;
  onDecision(decision: Decision): void;
  signal: AbortSignal;
}

const RECONNECT_MS = 200;
const isDecision = compile(Decision);

/**
 * Follows a reader's decisions as server-sent events, through broken connections, until the signal aborts. What is decided
 * while the connection is down is not seen here: it is in the table.
 *
 * @param onOpen called whenever the stream stands
 */
export async function followDecisions(options: DecisionFeedOptions, onOpen: () => void): Promise<void> {
  const { signal } = options;
  while (!signal.aborted) {
    try {
      const response = await open(options);
      if (response.statusCode === 200) {
        onOpen();
        await readEvents(response, options.onDecision);
      } else {
        response.resume();
      }
    } catch {
      // A gateway that is down or restarting: the next try will tell.
    }
    await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

function open({ url, key, signal }: DecisionFeedOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: it stays busy for as long as it lives.
    const outgoing = get(url, { agent: false, signal, headers: { authorization: `Bearer ${key}` } }, resolve);
    outgoing.on('error', reject);
  });
}

/** Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
async function readEvents(response: IncomingMessage, onDecision: (decision: Decision) => void): Promise<void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const value: unknown = JSON.parse(line.slice('data:'.length));
      if (isDecision(value)) onDecision(value);
    }
  }
}
