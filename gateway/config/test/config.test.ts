import t from 'tap';
import { readConfig } from '../config.js';

t.test('defaults work', async (t) => {
  t.match(readConfig({}), { PORT: 8080, SWIPES_STREAM: 'swipes', LOG_LEVEL: 'info' });
  t.equal(readConfig({ PORT: '' }).PORT, 8080, 'empty counts as not set');
});

t.test('a wrong value names the variable and what is allowed', async (t) => {
  const table: [Record<string, string>, RegExp][] = [
    [{ PORT: 'http' }, /PORT=http: must be an integer from 0 to 65535 \(TCP port/],
    [{ PORT: '70000' }, /PORT=70000: must be an integer from 0 to 65535/],
    [{ MAX_IN_FLIGHT_BYTES: '1024' }, /MAX_IN_FLIGHT_BYTES=1024: must be an integer from 65536 to/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL=loud: must be one of fatal, error/],
    [{ LINGER_MS: '-1' }, /LINGER_MS=-1: must be an integer from 0 to 1000 \(.*, ms\)/],
    [
      { AWS_ENDPOINT_URL_KINESIS: 'localhost' },
      /AWS_ENDPOINT_URL_KINESIS=localhost: must be a URL that starts with http/,
    ],
  ];
  for (const [env, message] of table) t.throws(() => readConfig(env), { code: 'ENVIRONMENT_INVALID', message });
  t.throws(() => readConfig({ PORT: 'a', LINGER_MS: 'b' }), /PORT=a[\s\S]*LINGER_MS=b/, 'all at once');
});
