/**
 * Cost of the gateway over a bare Fastify server, for single swipes: authenticated, validated and durably
 * acknowledged, against only validated.
 *
 *     node benchmarks/dist/gateway-single.js [--json] [--seconds=4] [--rounds=5]
 */
import { againstBare } from './stand-ins/against-bare.js';

await againstBare({
  name: 'gateway-single',
  swipes: 1,
  status: 202,
  connections: 400,
  shards: 8,
  reach: 0.6,
  aim: 0.85,
});
