import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { CardFormat } from '../cards/card-format.js';
import {
  CardNumberFault,
  canonicalCardNumber,
  isCanonicalCardId,
  isUnreadCardId,
  NUMBER_FORMATS,
  type NumberFormat,
  unreadCardId,
} from '../cards/card-number.js';
import { cardNumberReadings } from '../cards/card-number-readings.js';
import { type SiteReading, siteReadings } from '../cards/site-readings.js';
import { CardId } from '../values/identifiers.js';
import { compile } from '../values/validation.js';

const isCardId = compile(CardId);

function cardIdOf(text: string, format: NumberFormat, numbers: 'full' | 'wiegand-26' = 'full'): string {
  const read = canonicalCardNumber(text, format, numbers);
  return read instanceof CardNumberFault ? `refused: ${read.reason}` : read;
}

t.test('one card has one id in every form in which readers write it', async (t) => {
  const table: [text: string, format: NumberFormat, cardId: string][] = [
    ['04A1B2C3', 'uid-hex', 'uid-04a1b2c3'],
    ['04a1b2c3', 'uid-hex', 'uid-04a1b2c3'],
    ['4A1B2C3', 'uid-hex', 'uid-04a1b2c3'],
    ['0x04A1B2C3', 'uid-hex', 'uid-04a1b2c3'],
    ['04:A1:B2:C3', 'uid-hex', 'uid-04a1b2c3'],
    [' 04 A1 B2 C3 ', 'uid-hex', 'uid-04a1b2c3'],
    ['4 A1 B2 C3', 'uid-hex', 'uid-04a1b2c3'],
    ['04-A1-B2-C3', 'uid-hex', 'uid-04a1b2c3'],
    ['04A1 B2C3', 'uid-hex', 'uid-04a1b2c3'],
    ['0004A1B2C3', 'uid-hex', 'uid-04a1b2c3'],
    ['3B04A1B2C3', 'uid-hex', 'uid-3b04a1b2c3'],
    ['04A1B2C3D4E5F6', 'uid-hex', 'uid-04a1b2c3d4e5f6'],
    ['E00401234567890A', 'uid-hex', 'uid-e00401234567890a'],
    ['04A1B2C3D4E5F6071829', 'uid-hex', 'uid-04a1b2c3d4e5f6071829'],
    ['C3B2A104', 'uid-hex-reversed', 'uid-04a1b2c3'],
    ['C3:B2:A1:4', 'uid-hex-reversed', 'uid-04a1b2c3'],
    ['77705923', 'uid-decimal', 'uid-04a1b2c3'],
    ['0077705923', 'uid-decimal', 'uid-04a1b2c3'],
    ['77 705 923', 'uid-decimal', 'uid-04a1b2c3'],
    ['1303689068548854', 'uid-decimal', 'uid-04a1b2c3d412f6'],
    ['3283263748', 'uid-decimal-reversed', 'uid-04a1b2c3'],
    ['69263549296451844', 'uid-decimal-reversed', 'uid-04a1b2c3d412f6'],
    ['161,45763', 'wiegand-26', 'w26-161-45763'],
    ['161:45763', 'wiegand-26', 'w26-161-45763'],
    ['161-45763', 'wiegand-26', 'w26-161-45763'],
    ['161/45763', 'wiegand-26', 'w26-161-45763'],
    ['161 45763', 'wiegand-26', 'w26-161-45763'],
    ['161, 45763', 'wiegand-26', 'w26-161-45763'],
    ['090:00324', 'wiegand-26', 'w26-90-324'],
    ['00101101000000001010001000', 'wiegand-26', 'w26-90-324'],
    ['0 01011010 0000000101000100 0', 'wiegand-26', 'w26-90-324'],
    ['10111011000000110010000110', 'wiegand-26', 'w26-118-1603'],
    ['10597059', 'wiegand-26', 'w26-161-45763'],
    ['0010597059', 'wiegand-26', 'w26-161-45763'],
    ['0xA1B2C3', 'wiegand-26', 'w26-161-45763'],
    ['16145763', 'wiegand-26-decimal', 'w26-161-45763'],
    ['00145763', 'wiegand-26-decimal', 'w26-1-45763'],
    ['77705923', 'wiegand-34', 'uid-04a1b2c3'],
    ['1185,45763', 'wiegand-34', 'uid-04a1b2c3'],
    ['0x04A1B2C3', 'wiegand-34', 'uid-04a1b2c3'],
    ['12345678', 'h10302', 'h10302-12345678'],
    ['1000000000001011110001100001010011100', 'h10302', 'h10302-12345678'],
    ['123,45678', 'h10304', 'h10304-123-45678'],
    ['0000000000111101100010110010011011100', 'h10304', 'h10304-123-45678'],
    ['1234:567890', 'corporate-1000-35', 'c1k35-1234-567890'],
    ['11010011010010100010101010010100100', 'corporate-1000-35', 'c1k35-1234-567890'],
    ['01000011011110000000110000001110010', 'corporate-1000-35', 'c1k35-222-12345'],
    ['1234/567890', 'corporate-1000-48', 'c1k48-1234-567890'],
  ];
  for (const [text, format, cardId] of table) t.equal(cardIdOf(text, format), cardId, `${format} ${text}`);
});

t.test('with 26-bit numbers, readers that send a UID and those that send 26 bits agree', async (t) => {
  const written: [string, NumberFormat][] = [
    ['04A1B2C3', 'uid-hex'],
    ['C3B2A104', 'uid-hex-reversed'],
    ['77705923', 'uid-decimal'],
    ['3283263748', 'uid-decimal-reversed'],
    ['16145763', 'wiegand-26-decimal'],
    ['161,45763', 'wiegand-26'],
    ['1185,45763', 'wiegand-34'],
  ];
  for (const [text, format] of written) t.equal(cardIdOf(text, format, 'wiegand-26'), 'w26-161-45763', format);
  t.equal(cardIdOf('12345678', 'h10302', 'wiegand-26'), 'h10302-12345678', 'a number of another format stays');
});

t.test('a text that is no number of its format is refused, and the fault says what is allowed', async (t) => {
  const table: [text: string, format: NumberFormat][] = [
    ['', 'uid-hex'],
    ['04A1B2', 'uid-hex'],
    ['04A1B2G3', 'uid-hex'],
    ['00000000', 'uid-hex'],
    ['card-00042', 'uid-hex'],
    ['161,45763', 'uid-decimal'],
    ['7.77E+07', 'uid-decimal'],
    ['0', 'uid-decimal'],
    ['-1', 'uid-decimal'],
    ['1208925819614629174706176', 'uid-decimal'],
    ['256,1', 'wiegand-26'],
    ['1,65536', 'wiegand-26'],
    ['0,0', 'wiegand-26'],
    ['16777216', 'wiegand-26'],
    ['00101101000000001010001001', 'wiegand-26'],
    ['1010110100000000101000100', 'wiegand-26'],
    ['16165536', 'wiegand-26-decimal'],
    ['25600001', 'wiegand-26-decimal'],
    ['34359738368', 'h10302'],
    ['12345', 'h10304'],
    ['4096,1', 'corporate-1000-35'],
  ];
  for (const [text, format] of table) t.match(cardIdOf(text, format), /^refused: .*must be .+/, `${format} ${text}`);
  t.match(cardIdOf('00101101000000001010001001', 'wiegand-26'), /wrong parity bit/);
  t.match(cardIdOf('1000000000001011110001100001010011100', 'wiegand-26'), /has 37 bits, not 26/);
});

t.test('each format converts', async (t) => {
  t.same([...NUMBER_FORMATS].sort(), CardFormat.enum.filter((format) => format !== 'as-sent').sort());
});

/** Formats as the standards say them: written again, so that a wrong table fails. */
const BITS: Record<
  string,
  { prefix: string; encode(facility: number, number: number): string; most: [number, number] }
> = {
  'wiegand-26': {
    prefix: 'w26',
    most: [255, 65_535],
    encode: (f, n) => framed(bin(f, 8) + bin(n, 16), [0, 12], [12, 24]),
  },
  h10302: { prefix: 'h10302', most: [0, 2 ** 35 - 1], encode: (_, n) => framed(bin(n, 35), [0, 18], [17, 35]) },
  h10304: {
    prefix: 'h10304',
    most: [65_535, 524_287],
    encode: (f, n) => framed(bin(f, 16) + bin(n, 19), [0, 18], [17, 35]),
  },
  'corporate-1000-35': {
    prefix: 'c1k35',
    most: [4_095, 1_048_575],
    encode: (f, n) => corporate(bin(f, 12) + bin(n, 20), 0x1_b6db6db6n, 0x3_6db6db6cn),
  },
  'corporate-1000-48': {
    prefix: 'c1k48',
    most: [4_194_303, 8_388_607],
    encode: (f, n) => corporate(bin(f, 22) + bin(n, 23), 0x1b6d_b6db6db6n, 0x36db_6db6db6cn),
  },
};

function bin(value: number, digits: number): string {
  return value.toString(2).padStart(digits, '0');
}

function parity(bits: string): number {
  return (bits.match(/1/g) ?? []).length % 2;
}

/** Even parity before the bits, odd parity after them. */
function framed(data: string, even: [number, number], odd: [number, number]): string {
  return `${parity(data.slice(...even))}${data}${1 - parity(data.slice(...odd))}`;
}

function corporate(data: string, evenMask: bigint, oddMask: bigint): string {
  const masked = (bits: string, mask: bigint) => parity((BigInt(`0b${bits}`) & mask).toString(2));
  const withEven = `0${masked(`${data}0`, evenMask)}${data}0`;
  const withOdd = `${withEven.slice(0, -1)}${1 - masked(withEven, oddMask)}`;
  return `${1 - parity(withOdd)}${withOdd.slice(1)}`;
}

t.test('bits give the number that they hold, and one wrong bit is refused', async () => {
  for (const format of NUMBER_FORMATS) {
    const coding = BITS[format];
    if (coding === undefined) continue;
    const { prefix, encode, most } = coding;
    const [facility, number] = most.map((max) => fc.nat({ max: Math.min(max, 2 ** 31 - 1) }));
    if (facility === undefined || number === undefined) continue;
    fc.assert(
      fc.property(facility, number, fc.nat(), (f, n, flipped) => {
        fc.pre(f + n > 0);
        const bits = encode(f, n);
        const cardId = format === 'h10302' ? `${prefix}-${n}` : `${prefix}-${f}-${n}`;
        assert.equal(cardIdOf(bits, format), cardId);
        const at = flipped % bits.length;
        const wrong = bits.slice(0, at) + (bits[at] === '1' ? '0' : '1') + bits.slice(at + 1);
        assert.match(cardIdOf(wrong, format), /wrong parity/);
        if (format !== 'h10302')
          for (const between of [',', ':', '-', '/', ' ', ' : '])
            assert.equal(cardIdOf(`0${f}${between}00${n}`, format), cardId);
      }),
      { numRuns: 50 },
    );
  }
});

/** First byte not 0: manufacturers have a number. Last bytes not 0, or a decimal, last byte first, is shorter. */
const uid = fc
  .constantFrom(4, 7, 10)
  .chain((bytes) => fc.uint8Array({ minLength: bytes, maxLength: bytes }))
  .filter((bytes) => (bytes[0] ?? 0) > 0 && (bytes.at(-1) ?? 0) > 0)
  .map((bytes) => Buffer.from(bytes));

t.test('every written form of a UID gives the same id, which finds its card in every form', async () => {
  fc.assert(
    fc.property(uid, (bytes) => {
      const hex = bytes.toString('hex');
      const reversed = Buffer.from(bytes).reverse().toString('hex');
      const groups = hex.toUpperCase().match(/../g) ?? [];
      const decimal = BigInt(`0x${hex}`).toString();
      const forms: [string, NumberFormat][] = [
        [hex, 'uid-hex'],
        [hex.toUpperCase(), 'uid-hex'],
        [`0x${hex}`, 'uid-hex'],
        [groups.join(':'), 'uid-hex'],
        [groups.join(' '), 'uid-hex'],
        [groups.map((group) => group.replace(/^0/, '')).join(' '), 'uid-hex'],
        [reversed, 'uid-hex-reversed'],
        [decimal, 'uid-decimal'],
        [`00${decimal}`, 'uid-decimal'],
        [BigInt(`0x${reversed}`).toString(), 'uid-decimal-reversed'],
      ];
      for (const numbers of ['full', 'wiegand-26'] as const) {
        const ids = new Set(forms.map(([text, format]) => cardIdOf(text, format, numbers)));
        assert.equal(ids.size, 1, Array.from(ids).join(' '));
        const [cardId = ''] = ids;
        assert(isCanonicalCardId(cardId) && isCardId(cardId), cardId);
        for (const [text] of forms)
          assert(cardNumberReadings(text, numbers).some((reading) => reading.cardId === cardId));
        assert.equal(cardNumberReadings(cardId, numbers)[0]?.cardId, cardId, 'an id is read as itself');
      }
    }),
    { numRuns: 50 },
  );
});

t.test('readings say how a number was read, the likeliest first', async (t) => {
  t.same(cardNumberReadings('04A1B2C3', 'full'), [
    { cardId: 'uid-04a1b2c3', how: 'in hex as a UID of 4 bytes' },
    { cardId: 'uid-c3b2a104', how: 'in hex, last byte first, as a UID of 4 bytes' },
    { cardId: '04A1B2C3', how: 'as the id of a card' },
    { cardId: 'w26-161-45763', how: 'in hex as a UID of 4 bytes: only its lowest 24 bits, as 26-bit readers do' },
    {
      cardId: 'w26-178-41220',
      how: 'in hex, last byte first, as a UID of 4 bytes: only its lowest 24 bits, as 26-bit readers do',
    },
  ]);
  t.match(cardNumberReadings('161,45763', 'full')[0], {
    cardId: 'w26-161-45763',
    how: 'as facility 161, number 45763 (26 bits)',
  });
  const [first, second] = cardNumberReadings('0010597059 161,45763', 'full');
  t.match([first, second], [{ cardId: 'w26-161-45763' }, {}], 'both numbers that a card has printed');
  t.ok(cardNumberReadings('3283263748', 'full').some(({ cardId }) => cardId === 'uid-04a1b2c3'));
  t.ok(cardNumberReadings('77705923', 'full').some(({ cardId }) => cardId === 'uid-04a1b2c3'));
  t.same(
    cardNumberReadings('00101101000000001010001000', 'full').map(({ cardId }) => cardId),
    ['w26-90-324', '00101101000000001010001000'],
  );
  t.same(cardNumberReadings('card-00042', 'full'), [{ cardId: 'card-00042', how: 'as the id of a card' }]);
  t.equal(cardNumberReadings('W26-161-45763', 'full')[0]?.cardId, 'w26-161-45763');
  t.same(cardNumberReadings('Ann Smith', 'full'), []);
});

t.test('readings are in the order of what the readers of the site can send', async (t) => {
  const readings = (text: string, formats: CardFormat[], numbers: 'full' | 'wiegand-26' = 'full') =>
    siteReadings(text, { numbers, formats: new Set(formats) }).map(({ cardId, doubt }) => [cardId, doubt]);
  t.same(readings('161,45763', ['uid-hex']), [
    ['uid-00a1b2c3', 'guess'],
    ['w26-161-45763', 'unsent'],
    ['h10304-161-45763', 'unsent'],
    ['c1k35-161-45763', 'unsent'],
    ['c1k48-161-45763', 'unsent'],
  ]);
  const firsts: [text: string, formats: CardFormat[], first: [string, SiteReading['doubt']]][] = [
    ['161,45763', ['wiegand-26', 'uid-hex'], ['w26-161-45763', undefined]],
    ['161,45763', ['h10304'], ['h10304-161-45763', undefined]],
    ['161,45763', ['corporate-1000-48'], ['c1k48-161-45763', undefined]],
    ['161,45763', ['as-sent'], ['w26-161-45763', 'unsent']],
    ['1185,45763', ['uid-decimal'], ['uid-04a1b2c3', undefined]],
    ['0010597059 161,45763', ['uid-hex'], ['uid-00a1b2c3', 'guess']],
    ['10597059', ['uid-hex', 'wiegand-26-decimal'], ['uid-10597059', undefined]],
    ['00A1B2C3', ['uid-hex'], ['uid-00a1b2c3', undefined]],
    ['04A1B2C3', ['uid-hex'], ['uid-04a1b2c3', undefined]],
    ['04A1B2C3', ['wiegand-26'], ['w26-161-45763', undefined]],
    ['04A1B2C3D4E5F6', ['wiegand-34'], ['uid-04a1b2c3d4e5f6', 'unsent']],
    ['04A1B2C3', ['as-sent'], ['04A1B2C3', undefined]],
    ['04A1B2C3', [], ['04A1B2C3', undefined]],
    ['card-00042', ['uid-hex'], ['card-00042', 'unsent']],
    ['w26-161-45763', ['as-sent'], ['w26-161-45763', undefined]],
  ];
  for (const [text, formats, first] of firsts) t.same(readings(text, formats)[0], first, `${text} at ${formats}`);
  t.same(readings('161,45763', ['uid-hex'], 'wiegand-26')[0], ['w26-161-45763', undefined], 'UIDs become 26 bits');
});

t.test('what a reader sends is no doubtful reading at its site', async () => {
  const text = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 64n }).map(String), fc.stringMatching(/^[\dA-F]{8}$/));
  const pair = fc.tuple(fc.nat(2_000), fc.nat(2_000_000)).map((parts) => parts.join(','));
  const numbers = fc.constantFrom('full' as const, 'wiegand-26' as const);
  fc.assert(
    fc.property(fc.oneof(text, pair), fc.constantFrom(...NUMBER_FORMATS), numbers, (sent, format, kept) => {
      const cardId = canonicalCardNumber(sent, format, kept);
      if (cardId instanceof CardNumberFault) return;
      const read = siteReadings(sent, { numbers: kept, formats: new Set([format]) });
      assert.notEqual(read.find((each) => each.cardId === cardId)?.doubt, 'unsent', `${cardId} of ${format}`);
      assert.notEqual(siteReadings(cardId, { numbers: kept, formats: new Set([format]) })[0]?.doubt, 'unsent');
    }),
    { numRuns: 300 },
  );
});

t.test('a number that cannot be read has an id of its own', async () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }), (text) => {
      const cardId = unreadCardId(text);
      assert(isCardId(cardId) && isUnreadCardId(cardId) && !isCanonicalCardId(cardId));
    }),
    { numRuns: 50 },
  );
});
