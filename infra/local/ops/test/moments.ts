import type { Moment } from '../browser/page-data.js';

/** Yields the moments of a page's stream. */
export async function* moments(opsUrl: string): AsyncGenerator<Moment> {
  const answer = await fetch(new URL('/ops/stream', opsUrl));
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.replace(/^data: /, ''));
  }
}
