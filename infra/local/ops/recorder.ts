import { setTimeout as delay } from 'node:timers/promises';
import { signalWithin } from '@swipegate/aws/signal-within';
import { samplesOf } from '../metrics/scrape.js';
import { AlarmStates } from './alarm-states.js';
import type { History, Moment } from './browser/page-data.js';
import { figuresOf, isWanted } from './figures.js';
import { Readings } from './readings.js';

export interface RecorderOptions {
  /** Metrics of the gateway and of the other processes, as Prometheus text. */
  gatewayMetricsUrl: string;
  otherMetricsUrls: readonly string[];
  onMoment(moment: Moment): void;
}

const EVERY_MS = 1_000;
const ANSWER_MS = 900;
export const KEEP_MS = 900_000;

/** Scrapes the processes each second and keeps 15 minutes of figures. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #readings = new Readings({ keepMs: KEEP_MS, isWanted });
  readonly #alarms = new AlarmStates();
  readonly #stopping = new AbortController();
  readonly moments: Moment[] = [];
  readonly #running: Promise<void>;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const beganMs = performance.now();
      await this.#round();
      await delay(Math.max(0, beganMs + EVERY_MS - performance.now()), undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { gatewayMetricsUrl, otherMetricsUrls, onMoment } = this.#options;
    const texts = await Promise.all([gatewayMetricsUrl, ...otherMetricsUrls].map((url) => this.#fetch(url)));
    if (this.#stopping.signal.aborted) return;
    const atMs = Date.now();
    const samples = texts.flatMap((text) => samplesOf(text ?? ''));
    this.#readings.add(atMs, samples);
    const moment = {
      atMs,
      figures: figuresOf(this.#readings, atMs),
      alarms: this.#alarms.judge(this.#readings, atMs),
      gatewayAnswers: texts[0] !== undefined,
    };
    this.moments.push(moment);
    while ((this.moments[0]?.atMs ?? atMs) < atMs - KEEP_MS) this.moments.shift();
    onMoment(moment);
  }

  async #fetch(url: string): Promise<string | undefined> {
    try {
      const signal = signalWithin(ANSWER_MS, this.#stopping.signal);
      const answer = await fetch(url, { signal });
      return answer.ok ? await answer.text() : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Converts moments to columns. A figure that a moment lacks is null. */
export function historyOf(moments: readonly Moment[]): History {
  const keys = new Set(moments.flatMap(({ figures }) => Object.keys(figures)));
  return {
    atMs: moments.map(({ atMs }) => atMs),
    figures: Object.fromEntries(
      Array.from(keys, (key) => [key, moments.map(({ figures }) => figures[key] ?? null)] as const),
    ),
  };
}
