/**
 * Cost of the gateway over a bare Fastify server, for arrays of 100 swipes as door controllers post them:
 * authenticated, validated and durably acknowledged, against only validated.
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
