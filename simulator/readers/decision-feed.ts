import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, Decision } from '@swipegate/contract';

export interface DecisionFeedOptions {
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

/** Position in the feed, sent to the gateway on reconnect. */
interface Position {
  lastEventId: string | undefined;
}

/**
 * Follows a reader's decisions as server-sent events and reconnects until the signal aborts. Decisions made while the
 * connection is down arrive after the reconnect; some may arrive twice.
 *
 * @param onOpen called each time the stream opens
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
  const headers = {
    authorization: `Bearer ${key}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  return new Promise((resolve, reject) => {
    // No shared agent: the stream occupies its connection for its whole life.
    const outgoing = get(url, { agent: false, signal, headers }, resolve);
    outgoing.on('error', reject);
  });
}

/** Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
async function readEvents(
  response: IncomingMessage,
  position: Position,
  onDecision: (decision: Decision) => void,
): Promise<void> {
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
