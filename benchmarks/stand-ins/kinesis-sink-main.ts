/** The sink as its own process, with options as JSON in its argument. */
import { once } from 'node:events';
import { serveChild } from '@swipegate/infra/local/processes/child-side';
import { KinesisSink, SINK_DEFAULTS, type SinkOptions } from './kinesis-sink.js';

const given: Partial<SinkOptions> = JSON.parse(process.argv[2] ?? '{}');
const sink = new KinesisSink({ ...SINK_DEFAULTS, ...given });
sink.server.listen(0, '127.0.0.1');
await once(sink.server, 'listening');
const address = sink.server.address();
if (address === null || typeof address === 'string') throw new Error('The sink has no TCP port');
serveChild({
  ready: { endpoint: `${given.tls ? 'https' : 'http'}://127.0.0.1:${address.port}` },
  onStop: () => undefined,
});
