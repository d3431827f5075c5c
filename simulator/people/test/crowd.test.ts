import { seededRandom } from '@swipegate/contract/values/random';
import fc from 'fast-check';
import t from 'tap';
import { Crowd, type Person } from '../crowd.js';
import { Population, type Visit, whoComes } from '../population.js';

t.test('no one is at two doors at once, and people stay where they were released', async (t) => {
  const step = fc.record({
    take: fc.constantFrom('a', 'b', undefined, 'anybody'),
    to: fc.constantFrom('a', 'b', undefined),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(step, { maxLength: 60 }),
      fc.integer(),
      (size, steps, seed) => {
        const crowd = new Crowd(seededRandom(seed));
        const where = new Map<Person, string | undefined>();
        for (let i = 0; i < size; i++) {
          const person = { cardId: `card-${i}` };
          where.set(person, undefined);
          crowd.add(person, undefined);
        }
        const busy: Person[] = [];
        for (const { take, to } of steps) {
          const person = take === 'anybody' ? crowd.takeAnybody() : crowd.takeFrom(take);
          if (person !== undefined) {
            if (busy.includes(person)) return false;
            if (take !== 'anybody' && where.get(person) !== take) return false;
            busy.push(person);
          } else if (take !== 'anybody') {
            const idle = Array.from(where).some(([who, zone]) => zone === take && !busy.includes(who));
            if (idle) return false;
          }
          const back = busy.length > 1 ? busy.shift() : undefined;
          if (back !== undefined) {
            where.set(back, to);
            crowd.release(back, to);
          }
        }
        return true;
      },
    ),
  );
  t.pass();
});

const EMPTY = {
  tenantId: 'acme',
  buildings: [],
  zones: [],
  schedules: [],
  accessLevels: [],
  readers: [],
  employees: [],
};

/** 100 people in an office, 100 outdoors, strangers, and a finder of a lost card. */
function office(random: () => number): Population {
  const site = {
    ...EMPTY,
    cards: [
      ...Array.from({ length: 200 }, (_, i) => ({
        cardId: `${i < 100 ? 'in' : 'out'}-${i}`,
        status: 'active' as const,
      })),
      { cardId: 'found', status: 'lost' as const },
      { cardId: 'mine', status: 'active' as const },
    ],
  };
  return new Population({
    site,
    worker: { index: 0, of: 1 },
    exceptCards: new Set(['mine']),
    whereIs: (cardId) => (cardId.startsWith('in') ? 'office' : undefined),
    random,
  });
}

const door = {
  readerId: 'r',
  door: 'd',
  buildingId: 'b',
  zoneId: 'office',
  direction: 'both',
  mode: 'normal',
} as const;
const orderly = {
  strangers: 0,
  lostCards: 0,
  wrongSide: 0,
  tailgating: 0,
  forgetsToSwipeOut: 0,
  duress: 0,
  tapsTwice: 0,
};

/** Share of 1,000 visits that meet a condition. Everyone is put back after each. */
function share(habits: Partial<typeof orderly>, direction: 'in' | 'out', condition: (visit: Visit) => boolean): number {
  const random = seededRandom(3);
  const people = office(random);
  let hits = 0;
  for (let i = 0; i < 1_000; i++) {
    const visit = whoComes(door, direction, people, { ...orderly, ...habits }, random);
    if (visit === undefined) continue;
    if (condition(visit)) hits += 1;
    visit.crowd.release(visit.person, visit.person.place);
  }
  return hits / 1_000;
}

t.test('people mostly come from the side that the door leads from', async (t) => {
  t.equal(
    share({}, 'in', ({ person }) => person.cardId.startsWith('out-')),
    1,
  );
  t.equal(
    share({}, 'out', ({ person, to }) => person.cardId.startsWith('in-') && to === undefined),
    1,
  );
  const entering = share({ wrongSide: 0.08 }, 'in', ({ person }) => person.cardId.startsWith('out-'));
  t.ok(entering > 0.9 && entering < 1, `${entering} enter from outdoors, the others are on the wrong side`);
});

t.test('strangers, found cards, tailgaters and duress have their configured shares', async (t) => {
  const near = (actual: number, wanted: number) =>
    t.ok(Math.abs(actual - wanted) < 0.06, `${actual}, wanted ${wanted}`);
  near(
    share({ strangers: 0.3 }, 'in', ({ person }) => person.cardId.startsWith('stranger-')),
    0.3,
  );
  near(
    share({ lostCards: 0.2 }, 'in', ({ person }) => person.cardId === 'found'),
    0.2,
  );
  near(
    share({ tailgating: 0.4 }, 'in', ({ unseen }) => unseen),
    0.4,
  );
  near(
    share({ tapsTwice: 0.4 }, 'in', ({ again }) => again === true),
    0.4,
  );
  t.equal(
    share({ tailgating: 0.4 }, 'out', ({ unseen }) => unseen),
    0,
    'tailgating applies to the way in only',
  );
  near(
    share({ forgetsToSwipeOut: 0.4 }, 'out', ({ unseen }) => unseen),
    0.4,
  );
  near(
    share({ duress: 0.5 }, 'in', ({ duress }) => duress),
    0.5,
  );
  t.equal(
    share({ wrongSide: 1 }, 'in', ({ person }) => person.cardId === 'mine'),
    0,
    'an excepted card',
  );
});

t.test('no one comes to a door whose side is empty, unless wrongSide allows it', async (t) => {
  const random = seededRandom(1);
  const people = office(random);
  for (let i = 0; i < 100; i++) people.holders.takeFrom('office');
  t.equal(whoComes(door, 'out', people, orderly, random), undefined);
  t.not(whoComes(door, 'out', people, { ...orderly, wrongSide: 0.1 }, random), undefined);
});

t.test('each load worker has its own people', async (t) => {
  const cards = Array.from({ length: 9 }, (_, i) => ({ cardId: `c${i}`, status: 'active' as const }));
  const seen = [0, 1, 2].flatMap((index) => {
    const site = { ...EMPTY, cards };
    const random = seededRandom(1);
    const worker = { index, of: 3 };
    const { holders, strangers } = new Population({
      site,
      worker,
      exceptCards: new Set(),
      whereIs: () => undefined,
      random,
    });
    return [holders, strangers].flatMap((crowd) => {
      const cardIds: string[] = [];
      for (let who = crowd.takeFrom(undefined); who !== undefined; who = crowd.takeFrom(undefined))
        cardIds.push(who.cardId);
      return cardIds;
    });
  });
  t.equal(new Set(seen).size, seen.length, 'no one twice');
  t.equal(seen.filter((cardId) => cardId.startsWith('c')).length, 9, 'and no one left out');
});
