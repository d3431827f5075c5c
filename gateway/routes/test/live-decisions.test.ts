import type { Decision } from '@swipegate/contract';
import { decidedKey } from '@swipegate/contract';
import t, { type Test } from 'tap';
import { LiveDecisions } from '../../decisions/live-decisions.js';
import { decisionFor, KEY, OPERATOR_KEY, swipe, testApp } from '../../test/test-app.js';

const PATH = '/v1/decisions/live';

async function listen(t: Test, names: () => Promise<ReadonlyMap<string, string>> = async () => new Map()) {
  const made = await testApp({}, { names });
  t.teardown(() => made.app.close());
  const url = await made.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...made, url };
}

interface Received {
  id: string | undefined;
  event: string | undefined;
  data: unknown;
}

/** Follows a stream. `next` waits for the next event. */
async function follow(t: Test, url: string, { query = '', lastEventId = '', key = OPERATOR_KEY } = {}) {
  const leave = new AbortController();
  t.teardown(() => leave.abort());
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId && { 'last-event-id': lastEventId }) };
  const answer = await fetch(`${url}${PATH}${query}`, { headers, signal: leave.signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Received> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const event = field('event');
        if (event !== undefined) return { id: field('id'), event, data: JSON.parse(field('data') ?? 'null') };
        continue;
      }
      const part = await reader?.read();
      if (part?.done !== false) throw new Error('The stream has ended');
      text += part.value;
    }
  };
  /** Waits for the comment that opens the stream. */
  const begun = async () => {
    while (!text.includes('decisions as they are made')) text += (await reader?.read())?.value ?? '';
  };
  await begun();
  return { answer, next, leave };
}

let minute = 0;
function decided(fields: Partial<Decision> = {}): Decision {
  minute += 1;
  const decidedAt = new Date(Date.UTC(2026, 10, 24, 8, minute)).toISOString();
  return decisionFor(swipe(), { decidedAt, buildingId: 'hq', zoneId: 'hq-offices', ...fields });
}

t.test('an operator sees the own tenant’s decisions as they are made, with names', async (t) => {
  let asked = 0;
  const { hub, url } = await listen(t, async () => {
    asked += 1;
    return new Map([['emp-1', 'Ada Lovelace']]);
  });
  const { next, answer } = await follow(t, url);
  t.equal(answer.headers.get('content-type'), 'text/event-stream');
  const [first, second] = [decided({ employeeId: 'emp-1' }), decided({ outcome: 'denied', reason: 'denied-passback' })];
  hub.publishAll([first, decided({ tenantId: 'globex' }), second, first]);
  const event = await next();
  t.equal(event.event, 'decisions');
  t.strictSame(event.data, [{ ...first, name: 'Ada Lovelace' }, second], 'each once, in order, of this tenant');
  t.equal(event.id, decidedKey(second));
  const again = decided({ employeeId: 'emp-1' });
  hub.publishAll([again]);
  t.strictSame((await next()).data, [{ ...again, name: 'Ada Lovelace' }]);
  t.equal(asked, 1, 'a name is read once');
});

t.test('building, zone and outcome narrow the stream', async (t) => {
  const { hub, url } = await listen(t);
  const [inLab, denied] = [decided({ zoneId: 'hq-lab' }), decided({ zoneId: 'hq-lab', outcome: 'denied' })];
  const elsewhere = decided({ buildingId: 'annex', zoneId: 'annex' });
  const all = await follow(t, url, { query: '?building=hq' });
  const lab = await follow(t, url, { query: '?zone=hq-lab&outcome=denied' });
  hub.publishAll([inLab, elsewhere, denied]);
  t.strictSame((await all.next()).data, [inLab, denied]);
  t.strictSame((await lab.next()).data, [denied]);
  const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
  for (const [query, field] of [
    ['?outcome=maybe', 'outcome'],
    ['?floor=2', 'floor'],
  ]) {
    const answer = await fetch(`${url}${PATH}${query}`, { headers });
    t.match([answer.status, await answer.json()], [400, { field }]);
  }
  const reader = await fetch(`${url}${PATH}`, { headers: { authorization: `Bearer ${KEY}` } });
  t.match(await reader.json(), { code: 'wrong-key-role' });
});

t.test('a page that reconnects misses nothing, or is told', async (t) => {
  const { hub, url } = await listen(t);
  const first = await follow(t, url);
  const before = decided();
  hub.publishAll([before]);
  const { id = '' } = await first.next();
  first.leave.abort();
  const meanwhile = [decided(), decided()];
  hub.publishAll(meanwhile);
  const second = await follow(t, url, { lastEventId: id });
  t.strictSame((await second.next()).data, meanwhile);
  const stranger = await follow(t, url, { lastEventId: '2020-01-01T00:00:00.000Z#unknown' });
  t.equal((await stranger.next()).event, 'missed');
  t.strictSame((await stranger.next()).data, [before, ...meanwhile]);
});

t.test('without names the decisions come all the same', async (t) => {
  const { hub, url } = await listen(t, async () => {
    throw new Error('the table is away');
  });
  const { next } = await follow(t, url);
  const one = decided({ employeeId: 'emp-1' });
  hub.publishAll([one]);
  t.strictSame((await next()).data, [one]);
});

t.test('a tenant that nobody watches is not kept, and the kept ones are bounded', async (t) => {
  const live = new LiveDecisions();
  const early = decided();
  live.note([early]);
  const seen: Decision[] = [];
  const watch = live.watch('acme', decidedKey(early), (decision) => seen.push(decision));
  t.match(watch, { earlier: [], missed: true });
  const many = Array.from({ length: 700 }, () => decided());
  live.note(many);
  t.equal(seen.length, 700);
  watch.stop();
  const again = live.watch('acme', decidedKey(early), () => undefined);
  t.equal(again.earlier.length, 500, 'the newest 500');
  t.ok(again.missed);
  t.strictSame(live.watch('acme', decidedKey(many[600] ?? early), () => undefined).earlier, many.slice(601));
});
