import t from 'tap';
import type { Visit } from '../../people/population.js';
import { VirtualReader } from '../../readers/virtual-reader.js';
import { Agenda } from '../../schedule/agenda.js';
import { TraceVisitors } from '../trace-visitors.js';

const reader = {
  readerId: 'door',
  door: 'd',
  buildingId: 'b',
  zoneId: 'z',
  direction: 'both',
  mode: 'normal',
} as const;
const nowhere = { post: () => undefined };
const door = new VirtualReader({
  reader,
  channel: nowhere,
  replayChannel: nowhere,
  waits: false,
  skewMs: 0,
  paceMs: 0,
});
const swipe = (atMs: number, cardId: string, direction: 'in' | 'out' = 'in') => ({
  atMs,
  readerId: 'door',
  cardId,
  direction,
  duress: false,
});

function play(
  t: Pick<typeof import('tap').t, 'teardown'>,
  trace: ReturnType<typeof swipe>[],
  onVisit: (visit: Visit, open: Visit[]) => void,
) {
  const agenda = new Agenda();
  t.teardown(() => agenda.close());
  const seen: string[] = [];
  const open: Visit[] = [];
  let skipped = 0;
  const visitors = new TraceVisitors({
    trace,
    readers: [door],
    agenda,
    events: {
      due: () => undefined,
      skipped: () => {
        skipped += 1;
      },
      onVisit: (visit) => {
        seen.push(`${visit.person.cardId} ${visit.direction}`);
        open.push(visit);
        onVisit(visit, open);
      },
    },
  });
  visitors.begin(performance.now());
  return { visitors, seen, skipped: () => skipped };
}

const release = (visit: Visit): void => visit.crowd.release(visit.person, undefined);

t.test('visits keep the order of the trace', async (t) => {
  const { visitors, seen } = play(t, [swipe(0, 'a'), swipe(1, 'b', 'out'), swipe(2, 'a', 'out')], release);
  await visitors.done;
  t.same(seen, ['a in', 'b out', 'a out']);
});

t.test('a card waits for the answer to its last swipe; other cards do not', async (t) => {
  const { visitors, seen } = play(t, [swipe(0, 'a'), swipe(1, 'a', 'out'), swipe(2, 'b')], (visit, open) => {
    if (visit.person.cardId !== 'b') {
      if (visit.direction === 'out') release(visit);
      return;
    }
    release(visit);
    const [first] = open;
    if (first !== undefined) release(first);
  });
  await visitors.done;
  t.same(seen, ['a in', 'b in', 'a out']);
});

t.test(
  'after a swipe that was not accepted, the card’s later swipes are skipped and the trace still ends',
  async (t) => {
    const { visitors, seen, skipped } = play(
      t,
      [swipe(0, 'a'), swipe(1, 'a'), swipe(2, 'b'), swipe(3, 'a')],
      (visit, open) => {
        if (visit.person.cardId !== 'b') return;
        release(visit);
        const [first] = open;
        first?.crowd.lose(first.person);
      },
    );
    await visitors.done;
    t.same(seen, ['a in', 'b in']);
    t.equal(skipped(), 2);
  },
);
