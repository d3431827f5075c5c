import { Gauge, type Registry } from 'prom-client';

/** Adds a gauge to a registry; `read` supplies its value at each scrape. */
export function readGauge(
  registry: Registry,
  metric: { name: string; help: string },
  read: () => number | Promise<number>,
): void {
  new Gauge({
    ...metric,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}
