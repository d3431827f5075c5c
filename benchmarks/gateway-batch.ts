/**
 * Compares the gateway with a bare Fastify server, for arrays of 100 swipes such as door controllers post. The gateway
 * authenticates, validates and durably acknowledges them; the bare server only validates them.
 *
 *     node benchmarks/dist/gateway-batch.js [--json] [--seconds=4] [--rounds=5]
 */
import { againstBare } from './stand-ins/against-bare.js';

await againstBare({
  name: 'gateway-batch',
  swipes: 100,
  status: 207,
  connections: 64,
  shards: 64,
  reach: 0.4,
  aim: 0.7,
});
