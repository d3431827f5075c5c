import { GATEWAY_METRICS } from '@swipegate/contract';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import t from 'tap';
import { EmbeddedLines } from '../embedded-metrics.js';
import { GatewayMetrics } from '../gateway-metrics.js';

t.test('a line has the changes since the last one, in CloudWatch’s units', async (t) => {
  const registers = [new Registry()];
  const [registry] = registers;
  const help = 'x';
  const accepted = new Counter({ name: 'swipegate_swipes_accepted_total', help, registers });
  const rejected = new Counter({ name: 'swipegate_items_rejected_total', help, labelNames: ['code'], registers });
  const age = new Gauge({ name: 'swipegate_producer_oldest_age_seconds', help, registers });
  const ack = new Histogram({ name: 'swipegate_ack_seconds', help, buckets: [0.01, 0.1, 1], registers });
  const lines = new EmbeddedLines('Test');
  const next = async () => JSON.parse(lines.next((await registry?.getMetricsAsJSON()) ?? []));

  accepted.inc(5);
  rejected.inc({ code: 'a' }, 2);
  rejected.inc({ code: 'b' });
  age.set(1.5);
  for (let i = 0; i < 1_000; i++) ack.observe(i < 990 ? 0.05 : 0.5);
  const first = await next();
  t.match(first, {
    _aws: { CloudWatchMetrics: [{ Namespace: 'Test', Dimensions: [['service']] }] },
    service: 'gateway',
    SwipesAccepted: 5,
    ItemsRejected: 3,
    OldestAge: 1_500,
  });
  t.equal(first.AckLatency.length, 99);
  t.equal(first.AckLatency.filter((ms: number) => ms > 100).length, 1, 'one in a hundred was slow');

  accepted.inc(2);
  ack.observe(0.005);
  t.match(await next(), { SwipesAccepted: 2, ItemsRejected: 0, OldestAge: 1_500, AckLatency: 5 });
  const idle = await next();
  t.match(idle, { SwipesAccepted: 0 });
  t.notHas(idle, { AckLatency: Number }, 'without an observation there is no latency');

  accepted.reset();
  t.match(await next(), { SwipesAccepted: 0 }, 'a restarted process causes no negative change');
});

t.test('metric names in the catalogue are unique, and the gateway exposes its own', async (t) => {
  const all = Object.values(GATEWAY_METRICS);
  t.equal(new Set(all.map(({ prometheus }) => prometheus)).size, all.length);
  const inCloudWatch = all.flatMap((metric) => ('cloudwatch' in metric ? [metric.cloudwatch] : []));
  t.equal(new Set(inCloudWatch).size, inCloudWatch.length);
  const text = await new GatewayMetrics().text();
  for (const name of ['accepted_total', 'decisions_total', 'readers_heard'])
    t.match(text, new RegExp(`swipegate_.*${name}`));
});
