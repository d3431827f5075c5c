import fc from 'fast-check';
import t from 'tap';
import { seededRandom } from '../../load/random.js';
import { Crowd, type Person } from '../crowd.js';
import { whoComes } from '../who-comes.js';

t.test('nobody is at two doors at once, and everybody is where they were left', async (t) => {
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

t.test('people come to a door from its own side, mostly', async (t) => {
  const random = seededRandom(3);
  const crowd = new Crowd(random);
  for (let i = 0; i < 100; i++) crowd.add({ cardId: `in-${i}` }, 'office');
  for (let i = 0; i < 100; i++) crowd.add({ cardId: `out-${i}` }, undefined);
  const reader = { readerId: 'r', door: 'd', buildingId: 'b', zoneId: 'office', mode: 'normal' as const };
  const count = (direction: 'in' | 'out', side: string) => {
    let hits = 0;
    for (let i = 0; i < 1_000; i++) {
      const visit = whoComes({ ...reader, direction }, crowd, random);
      if (visit === undefined) continue;
      if (visit.person.cardId.startsWith(side)) hits += 1;
      crowd.release(visit.person, visit.person.cardId.startsWith('in') ? 'office' : undefined);
    }
    return hits;
  };
  const entering = count('in', 'out-');
  t.ok(
    entering > 900 && entering < 1_000,
    `${entering} of 1000 enter from outdoors, the others are what the rules are for`,
  );
  t.ok(count('out', 'in-') > 900);
  const both = whoComes({ ...reader, direction: 'both' }, crowd, random);
  t.match(both?.direction, /^(in|out)$/);
  t.equal(whoComes({ ...reader, direction: 'in' }, new Crowd(random), random), undefined, 'nobody there');
});
