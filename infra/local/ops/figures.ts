import { availableParallelism } from 'node:os';
import { ALARM_PERIOD_MS, ALARMS, type OnOneMachine, type Unit, WIDGETS } from '../../dashboard/dashboard.js';
import type { Figures } from './browser/page-data.js';
import type { Readings, Window } from './readings.js';

/** Window of rates and percentiles. A shorter one would make low rates flicker. */
const WINDOW_MS = 5_000;
const SECOND_MS = 1_000;
const DIGITS = 4;

/** Figures of all widgets at `nowMs`. */
export function figuresOf(readings: Readings, nowMs: number): Figures {
  const figures: Figures = {};
  for (const { id, unit, series } of WIDGETS) {
    for (const { id: seriesId, onOneMachine } of series) {
      const key = `${id}/${seriesId}`;
      if ('by' in onOneMachine) {
        const { increase, by } = onOneMachine;
        const window = { fromMs: nowMs - WINDOW_MS, toMs: nowMs };
        for (const [value, rise] of Object.entries(readings.increaseBy(increase, by, window))) {
          figures[`${key}/${value}`] = rounded(inUnit(rise, unit, readings.spanMs(window)));
        }
      } else if (!('nowhere' in onOneMachine)) {
        const windowMs = unit === 'count' && 'increase' in onOneMachine ? ALARM_PERIOD_MS : WINDOW_MS;
        figures[key] = rounded(figureOf(readings, onOneMachine, unit, { fromMs: nowMs - windowMs, toMs: nowMs }));
      }
    }
  }
  return figures;
}

/** Computes one figure over a window; null without data. */
export function figureOf(readings: Readings, source: OnOneMachine, unit: Unit, window: Window): number | null {
  if ('quantile' in source) return readings.quantileMs(source.of, source.quantile, window);
  if ('value' in source) {
    const highest = readings.highest(source.value, window);
    // Prometheus metrics are in seconds.
    return highest !== null && unit === 'ms' ? highest * SECOND_MS : highest;
  }
  if ('nowhere' in source) return null;
  const where = 'where' in source ? (source.where ?? {}) : {};
  const rise = readings.increase(source.increase, where, window);
  return rise === null ? null : inUnit(rise, unit, readings.spanMs(window));
}

function inUnit(rise: number, unit: Unit, spanMs: number): number {
  if (unit === 'count') return rise;
  const perSecond = (rise * SECOND_MS) / spanMs;
  return unit === 'percent' ? (100 * perSecond) / availableParallelism() : perSecond;
}

/** Rounds to the digits that can be seen, to keep the stream small. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS));
}

/** Whether a widget or an alarm uses a metric. */
export function isWanted(name: string): boolean {
  return WANTED.has(name);
}

const WANTED: ReadonlySet<string> = new Set(
  [...WIDGETS.flatMap(({ series }) => series), ...ALARMS.map(({ series }) => series)].flatMap(({ onOneMachine }) => {
    if ('increase' in onOneMachine) return [onOneMachine.increase];
    if ('value' in onOneMachine) return [onOneMachine.value];
    return 'of' in onOneMachine ? [`${onOneMachine.of}_bucket`] : [];
  }),
);
