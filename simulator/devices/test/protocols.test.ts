import { canonicalCardNumber } from '@swipegate/contract/cards/card-number';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import fc from 'fast-check';
import t from 'tap';
import { DEVICE_KINDS } from '../../scenarios/scenario.js';
import { cardIdOfUid, cardWrittenAs, cardWrittenByControlId } from '../card-writing.js';
import { DeviceClock, wallText } from '../device-clock.js';
import { planFleet, shownBy } from '../fleet.js';

const uid = fc
  .integer({ min: 1, max: 2 ** 32 - 1 })
  .map((value) => value.toString(16).padStart(8, '0'))
  .filter((text) => !text.endsWith('000000'));

t.test('the contract reads each number as the card that a virtual reader wrote', async () => {
  fc.assert(
    fc.property(uid, fc.constantFrom('full' as const, 'wiegand-26' as const), (card, numbers) => {
      const whole = ['uid-hex', 'uid-hex-reversed', 'uid-decimal', 'uid-decimal-reversed', 'wiegand-34'] as const;
      const short = ['wiegand-26', 'wiegand-26-decimal'] as const;
      const is = (format: (typeof whole | typeof short)[number]) =>
        canonicalCardNumber(cardWrittenAs(format, card), format, numbers) ===
        cardIdOfUid(card, short.some((each) => each === format) ? 'wiegand-26' : numbers);
      return [...whole, ...short].every(is);
    }),
  );
});

t.test('a Control iD device sends area times 2^32 plus code', async (t) => {
  t.equal(cardWrittenByControlId('wiegand-26', '04a1b2c3'), String(161n * 2n ** 32n + 45763n));
  t.equal(cardWrittenByControlId('wiegand-34', '04a1b2c3'), String(1185n * 2n ** 32n + 45763n));
  t.equal(cardWrittenByControlId('uid-decimal', '04a1b2c3'), '77705923');
});

t.test('clocks run ahead, lie behind and stand still', async (t) => {
  const nowMs = Date.parse('2026-02-21T08:15:30.700Z');
  const shown = (fault: ConstructorParameters<typeof DeviceClock>[0], ms = nowMs) =>
    new Date(new DeviceClock(fault, 0).shownMs(ms)).toISOString();
  t.equal(shown({ aheadMs: 0 }), '2026-02-21T08:15:30.000Z');
  t.equal(shown({ aheadMs: 3_600_000 }), '2026-02-21T09:15:30.000Z');
  const stops = { everyMs: 20_000, forMs: 6_000 };
  const first = Date.parse('2026-02-21T08:15:34Z');
  const times = [0, 2_000, 5_900, 6_000].map((later) => shown({ aheadMs: 0, stops }, first + later));
  t.equal(new Set(times.slice(0, 3)).size, 1, 'for six seconds');
  t.not(times[3], times[0]);
  t.equal(wallText(new DeviceClock({ aheadMs: 0 }, 5.5 * 3_600_000).wallMs(nowMs)), '2026-02-21 13:45:30');
});

t.test('a fleet has distinct devices, readers and cards, which the devices’ formats tell apart', async (t) => {
  const counts = Object.fromEntries(DEVICE_KINDS.map((kind) => [kind, 5]));
  for (const numbers of ['full', 'wiegand-26'] as const) {
    const fleet = planFleet(demoSite(), counts, numbers);
    t.equal(fleet.devices.length, 5 * DEVICE_KINDS.length);
    const distinct = (what: string, values: readonly string[]) => t.equal(new Set(values).size, values.length, what);
    distinct(
      'devices',
      fleet.devices.map(({ deviceId }) => deviceId),
    );
    distinct(
      'readers',
      fleet.readers.map(({ readerId }) => readerId),
    );
    distinct(
      'cards',
      fleet.cards.map(({ cardId }) => cardId),
    );
    distinct(
      'people',
      fleet.employees.map(({ employeeId }) => employeeId),
    );
    distinct(
      'serial numbers',
      fleet.devices.flatMap(({ registered }) => registered?.serial ?? []),
    );
    const stranger = shownBy('stranger-2', fleet);
    t.notOk(
      fleet.cards.some(({ cardId }) => cardId === stranger.cardId),
      'strangers have cards of their own',
    );
  }
  const site = demoSite();
  t.throws(() => planFleet({ ...site, readers: [] }, counts, 'full'), { code: 'FLEET_WITHOUT_DOORS' });
});
