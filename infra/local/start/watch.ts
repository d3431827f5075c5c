import { setTimeout as delay } from 'node:timers/promises';
import type { Display } from '@swipegate/terminal/display';
import { type GatewayTotals, scrape } from '../metrics/prometheus-text.js';
import { statusLine, statusLines } from './status.js';
import { type SimulatedNow, StatusFeed } from './status-feed.js';

export interface WatchOptions {
  display: Display;
  color: boolean;
  gatewayUrl: string;
  durationMs: number | undefined;
  simulated(): SimulatedNow | undefined;
  /** Number of lines printed last that a live display must leave visible. */
  keepLines: number;
  signal: AbortSignal;
}

const REDRAW_MS = 1_000;
/** In a log or a pipe, prints a line every so many rounds. */
const LINE_EVERY = 5;

/** Shows the status until the signal aborts. Resolves with the gateway's last figures. Never rejects. */
export async function watch(options: WatchOptions): Promise<GatewayTotals | undefined> {
  const { display, signal } = options;
  const feed = new StatusFeed(performance.now(), options.durationMs);
  let last: GatewayTotals | undefined;
  for (let round = 1; !signal.aborted; round++) {
    await delay(REDRAW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const totals = await scrape(options.gatewayUrl);
    const view = feed.view({ atMs: performance.now(), totals, simulated: options.simulated() });
    last = totals ?? last;
    if (display.live) {
      const { columns, rows } = display.size;
      display.draw(statusLines(view, { color: options.color, columns, rows: rows - options.keepLines }));
    } else if (round % LINE_EVERY === 0) {
      display.say(statusLine(view));
    }
  }
  return (await scrape(options.gatewayUrl)) ?? last;
}
