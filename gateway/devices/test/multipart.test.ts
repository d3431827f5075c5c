import fc from 'fast-check';
import t from 'tap';
import { partsOf } from '../multipart.js';

const types = (body: string, contentType?: string) =>
  partsOf(Buffer.from(body), contentType).map(({ type, bytes }) => [type, bytes.toString().trimEnd()]);

t.test('parts come back as they were, whatever their bytes', (t) => {
  const part = fc.record({
    type: fc.constantFrom('text/plain', 'image/jpeg', 'application/json'),
    bytes: fc.uint8Array({ maxLength: 64 }).filter((bytes) => !Buffer.from(bytes).includes('--b0undary')),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const body = Buffer.concat([
        ...parts.flatMap(({ type, bytes }) => [
          Buffer.from(`--b0undary\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]),
        Buffer.from('--b0undary--\r\n'),
      ]);
      const found = partsOf(body, 'multipart/form-data; boundary=b0undary');
      return (
        found.length === parts.length &&
        parts.every(({ type, bytes }, index) => {
          const expected = Buffer.concat([bytes, Buffer.from('\r\n')]);
          return found[index]?.type === type && expected.equals(found[index].bytes);
        })
      );
    }),
  );
  t.end();
});

t.test('careless multipart is read, too', (t) => {
  const one = 'Content-Type: Application/JSON; charset="UTF-8"\n\n{}';
  t.same(types(`--b\n${one}`, 'multipart/mixed; boundary="b"'), [['application/json', '{}']], 'no end, LF alone');
  t.same(types(`--b\n${one}\n--b--`), [['application/json', '{}']], 'no header');
  t.same(types('--b\n\nx\n--b--', 'multipart/mixed;boundary=b'), [['', 'x']], 'a part without headers');
  t.same(types('--b\nContent-Type: a/b', 'multipart/mixed; boundary=b'), [], 'a part that ends in its headers');
  t.same(types('{}', 'multipart/mixed; boundary=b'), [['multipart/mixed; boundary=b', '{}']], 'not multipart');
  t.same(types('', 'multipart/mixed; boundary='), [['multipart/mixed; boundary=', '']]);
  t.ok(partsOf(Buffer.from('--b\n\nx\n'.repeat(1_000)), 'x; boundary=b').length <= 32);
  t.end();
});
