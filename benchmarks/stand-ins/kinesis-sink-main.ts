/**
 * The sink as its own process. `{type: 'change', options}` changes its options; `{type: 'counts'}` returns its
 * counts.
 */
import { once } from 'node:events';
import { serveChild } from '@swipegate/infra/local/processes/child-side';
import { KinesisSink, SINK_DEFAULTS, type SinkOptions } from './kinesis-sink.js';

type Order = { type: 'change'; options: Partial<SinkOptions> } | { type: 'counts' };

const given: Partial<SinkOptions> = JSON.parse(process.argv[2] ?? '{}');
const sink = new KinesisSink({ ...SINK_DEFAULTS, ...given });
sink.server.listen(0, '127.0.0.1');
await once(sink.server, 'listening');
const address = sink.server.address();
if (address === null || typeof address === 'string') throw new Error('The sink has no TCP port');

function isOrder(message: unknown): message is Order {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    (message.type === 'counts' || (message.type === 'change' && 'options' in message))
  );
}

serveChild({
  ready: { endpoint: `http://127.0.0.1:${address.port}` },
  onStop: () => undefined,
  onMessage(message) {
    if (!isOrder(message)) return;
    if (message.type === 'change') sink.change(message.options);
    else process.send?.({ type: 'counts', counts: sink.counts });
  },
});
