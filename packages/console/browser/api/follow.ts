import { type Api, ApiError, isAborted, type Query } from './api.js';

export interface ServerEvent {
  event: string;
  data: unknown;
}

interface FollowOptions {
  query: Query;
  /** Ends it. */
  signal: AbortSignal;
  onEvent(event: ServerEvent): void;
  /** @param isOpen whether events come; otherwise it connects again by itself */
  onState(isOpen: boolean): void;
}

/** First and longest pause before it connects again, ms. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [1_000, 15_000];

/**
 * Follows server-sent events (WHATWG HTML 9.2) and resumes after the last one when the connection breaks. EventSource
 * cannot do this: it sends no Authorization header.
 * @throws {ApiError} if the server refuses for good
 */
export async function follow(
  api: Api,
  path: string,
  { query, signal, onEvent, onState }: FollowOptions,
): Promise<void> {
  let lastEventId = '';
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const { body } = await api.stream(path, { query, lastEventId, signal });
      onState(true);
      pauseMs = FIRST_PAUSE_MS;
      for await (const { id, ...event } of eventsOf(body)) {
        if (id !== '') lastEventId = id;
        onEvent(event);
      }
    } catch (error) {
      if (isAborted(error) || signal.aborted) return;
      if (error instanceof ApiError && !error.isPassing) throw error;
    }
    if (signal.aborted) return;
    onState(false);
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random() / 2)));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** Reads events of the form that the gateway sends: one line each of `id`, `event` and `data`. Skips comments. */
async function* eventsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<ServerEvent & { id: string }> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const part = await reader?.read();
    if (part?.value === undefined) return;
    const blocks = `${text}${decoder.decode(part.value, { stream: true })}`.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('event') !== '') yield { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    }
  }
}
