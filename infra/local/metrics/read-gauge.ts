import { Gauge, type Registry } from 'prom-client';

/** Adds a figure to a registry that is read anew each time somebody asks. */
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
