import fc from 'fast-check';
import t from 'tap';
import { headOf, setEventIndex, setListener, setPcControl, setTime, statusIn, wallDigits } from '../datagram.js';
import { meaningOf } from '../meaning.js';

/** An event, byte for byte as boards send it. */
const EVENT = `
  17200000 2d553919 39000000 02010301 aae85d00 20190419 17000906 01000101
  00000101 09143702 11000000 00000000 2b040119 04200000 00000000 00000000`;

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

t.test('an event is read as the board sends it', async (t) => {
  t.same(headOf(bytes(EVENT)), { fn: 0x20, serial: 423187757 });
  t.same(statusIn(bytes(EVENT)), {
    serial: 423187757,
    event: {
      ...{ index: 57, type: 2, granted: true, door: 3, direction: 'in', card: 6154410, reason: 6 },
      wallMs: Date.parse('2019-04-19T17:00:09Z'),
    },
    clockMs: Date.parse('2019-04-20T14:37:02Z'),
  });
});

t.test('firmware 6.62 begins events with another byte; other datagrams are of no board', async (t) => {
  const event = bytes(EVENT);
  event.writeUInt8(0x19, 0);
  t.same(headOf(event)?.serial, 423187757);
  event.writeUInt8(0xb0, 1);
  t.equal(headOf(event), undefined);
  t.equal(headOf(bytes(EVENT).subarray(1)), undefined);
  t.equal(headOf(Buffer.alloc(0)), undefined);
});

t.test('requests are written as boards read them', async (t) => {
  const hex = (datagram: Buffer) => datagram.toString('hex').replace(/(00)+$/, '');
  t.equal(hex(setListener(423187757, '192.168.1.100', 60001)), '179000002d553919c0a8016461ea');
  t.equal(hex(setPcControl(423187757, true)), '17a000002d55391955aaaa5501');
  t.equal(hex(setEventIndex(423187757, 57)), '17b200002d5539193900000055aaaa55');
  const ms = Date.parse('2019-04-21T07:44:40Z');
  t.equal(hex(setTime(423187757, ms, 'Europe/Berlin')), '173000002d55391920190421094440');
});

t.test('no datagram breaks the reader, and every time comes back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (array) => {
      const { event, clockMs } = statusIn(Buffer.from(array));
      meaningOf(event);
      return clockMs === undefined || wallDigits(clockMs).length === 14;
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 946_684_800, max: 4_102_444_799 }), (second) => {
      const datagram = bytes(EVENT);
      datagram.write(wallDigits(second * 1_000), 20, 'hex');
      return statusIn(datagram).event.wallMs === second * 1_000;
    }),
  );
});

t.test('what an event is about', async (t) => {
  const event = { index: 1, type: 1, granted: false, door: 1, direction: 'in' as const, card: 1, wallMs: 0, reason: 6 };
  t.same(meaningOf(event), { kind: 'swipe', granted: false, isQuestion: false });
  t.same(meaningOf({ ...event, reason: 5 }), { kind: 'swipe', granted: false, isQuestion: true });
  t.same(meaningOf({ ...event, granted: true, reason: 1 }), { kind: 'swipe', granted: true, isQuestion: false });
  t.same(meaningOf({ ...event, granted: true, reason: 44 }), { kind: 'nothing' }, 'opened by the host');
  t.same(meaningOf({ ...event, type: 2, granted: true, reason: 44 }), { kind: 'nothing' });
  t.same(meaningOf({ ...event, type: 2, card: 0, reason: 20 }), { kind: 'door-event', type: 'request-to-exit' });
  t.same(meaningOf({ ...event, type: 3, card: 0, reason: 38 }), { kind: 'door-event', type: 'forced-open' });
  t.same(meaningOf({ ...event, type: 0xff }), { kind: 'overwritten' });
});
