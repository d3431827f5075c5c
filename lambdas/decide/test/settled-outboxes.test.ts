import t from 'tap';
import { SettledOutboxes } from '../stores/settled-outboxes.js';

const row = (n: number, version = 1, sequence = '1') => ({ cardKey: `acme/card-${n}`, version, sequence, outbox: [] });

t.test('a row is settled only in the version that was added', async (t) => {
  const settled = new SettledOutboxes(10);
  settled.add(row(1, 3, '7'));
  t.ok(settled.find(row(1, 3, '7')));
  t.notOk(settled.find(row(1, 4, '7')), 'another instance has written it');
  t.notOk(settled.find(row(1, 3, '8')), 'erased, and grown to the same version again');
  t.notOk(settled.find(row(2, 3, '7')));
  settled.add(row(1, 4, '8'));
  t.ok(settled.find(row(1, 4, '8')));
  t.notOk(settled.find(row(1, 3, '7')));
});

t.test('remembers recent cards, and never more than the maximum', async (t) => {
  const settled = new SettledOutboxes(100);
  for (let n = 0; n < 1_000; n++) {
    settled.add(row(n));
    settled.add(row(0, n + 2));
  }
  const known = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => n > 0 && settled.find(row(n)));
  t.ok(known.length >= 48 && known.length <= 100, `${known.length} cards`);
  t.ok(settled.find(row(999)) && settled.find(row(955)));
  t.ok(settled.find(row(0, 1_001)), 'a card that is added all the time');
});
