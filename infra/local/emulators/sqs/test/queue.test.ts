import fc from 'fast-check';
import t from 'tap';
import { Store } from '../../protocol/store.js';
import type { Message } from '../message.js';
import { Queue } from '../queue.js';

const WAIT = { max: 10, waitSeconds: 20 };
const signal = new AbortController().signal;

function makeQueue(name: string): { queue: Queue; pass(ms: number): void } {
  let nowMs = 0;
  const attributes: Record<string, string> = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const queue = new Queue({
    name,
    arn: name,
    attributes,
    now: () => nowMs,
    findQueue: () => undefined,
    store: Store.none(),
  });
  return {
    queue,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

t.test('a caller that has disconnected receives no message', async (t) => {
  const { queue } = makeQueue('left');
  const leave = new AbortController();
  const left = queue.receive({ ...WAIT, signal: leave.signal });
  const stays = queue.receive({ ...WAIT, signal });
  leave.abort();
  queue.send({ body: 'a' });
  t.match(await stays, [{ body: 'a' }]);
  t.same(await left, []);
  t.same(await queue.receive({ ...WAIT, signal: leave.signal }), [], 'nor one that disconnected before the call');
});

t.test('under any sequence of receives, timeouts and deletes a group stays in order, one batch in flight', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('g', 'h', 'i') }),
    fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ kind: fc.constantFrom('delete' as const, 'release' as const), index: fc.nat() }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { queue, pass } = makeQueue('ordered.fifo');
      /** Expected content of the queue: bodies by group, in order. */
      const held = new Map<string, string[]>();
      let inFlight: { message: Message; handle: string; untilMs: number }[] = [];
      let nowMs = 0;
      let sent = 0;
      for (const step of steps) {
        inFlight = inFlight.filter(({ untilMs }) => untilMs > nowMs);
        if (step.kind === 'send') {
          const body = String(sent++);
          queue.send({ body, groupId: step.group, deduplicationId: body });
          held.set(step.group, [...(held.get(step.group) ?? []), body]);
        } else if (step.kind === 'pass') {
          pass(step.ms);
          nowMs += step.ms;
        } else if (step.kind === 'receive') {
          const blocked = new Set(inFlight.map(({ message }) => message.groupId));
          const open = Array.from(held).filter(([group, bodies]) => !blocked.has(group) && bodies.length > 0);
          const messages = await queue.receive({ max: step.max, waitSeconds: 0, signal });
          const due = open.reduce((sum, [, bodies]) => sum + bodies.length, 0);
          if (messages.length !== Math.min(step.max, due)) throw new Error(`${messages.length} of ${due}`);
          for (const [group, bodies] of held) {
            const ofGroup = messages.filter(({ groupId }) => groupId === group).map(({ body }) => body);
            if (ofGroup.length > 0 && blocked.has(group)) throw new Error(`${group} is blocked`);
            if (ofGroup.join() !== bodies.slice(0, ofGroup.length).join()) throw new Error(`${group}: ${ofGroup}`);
          }
          for (const message of messages) {
            inFlight.push({ message, handle: message.receiptHandle ?? '', untilMs: nowMs + 30_000 });
          }
        } else {
          const [chosen] = inFlight.splice(step.index % Math.max(1, inFlight.length), 1);
          if (chosen === undefined) continue;
          const { message, handle } = chosen;
          if (step.kind === 'release') queue.changeVisibility(handle, 0);
          else queue.delete(handle);
          if (step.kind === 'delete') {
            const group = message.groupId ?? '';
            held.set(group, held.get(group)?.filter((body) => body !== message.body) ?? []);
          }
        }
        const { visible, notVisible } = queue.counts;
        const total = Array.from(held.values()).flat().length;
        if (visible + notVisible !== total) throw new Error(`${visible} + ${notVisible} of ${total}`);
      }
    }),
  );
});
