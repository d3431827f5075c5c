/** Places values on an axis: 0 is its beginning, 1 its end. */
export interface Scale {
  kind: 'linear' | 'log';
  ticks: number[];
  at(value: number): number;
}

const WIDE_SPREAD = 60;

/** Less is drawn as nothing: far below a µs, and far above what arithmetic cannot divide by. */
const LEAST = 1e-9;
const MOST_DECADES = 6;

/** From 0 to a round number above `most`. */
export function linearScale(most: number, wantedTicks = 5): Scale {
  const reach = most > LEAST ? most : 1;
  const step = roundStep(reach / wantedTicks);
  const end = step * Math.max(1, Math.ceil(reach / step - 1e-9));
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { kind: 'linear', ticks, at: (value) => clamp(value / end) };
}

/** Whole decades around [least, most], both above 0; with few of them 2 and 5 are marked as well. */
export function logScale(least: number, most: number): Scale {
  const from = Math.floor(Math.log10(least) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(most) - 1e-9));
  const marks = to - from <= 2 ? [1, 2, 5] : [1];
  const ticks = Array.from({ length: to - from }, (_, i) => marks.map((mark) => mark * 10 ** (from + i))).flat();
  return {
    kind: 'log',
    ticks: [...ticks, 10 ** to],
    at: (value) => (value <= 0 ? 0 : clamp((Math.log10(value) - from) / (to - from))),
  };
}

/** For latencies: logarithmic where the greatest would press the others flat. */
export function latencyScale(values: readonly (number | null)[]): Scale {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (value === null || value <= 0) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most <= LEAST || most <= WIDE_SPREAD * least) return linearScale(most);
  return logScale(Math.max(least, most / 10 ** MOST_DECADES), most);
}

export interface TimeAxis {
  ticks: number[];
  at(second: number): number;
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** Seconds from `from` to `to`, with marks at times that a clock shows. */
export function timeAxis(from: number, to: number, mostTicks = 8): TimeAxis {
  const span = Math.max(1, to - from);
  const step = TIME_STEPS.find((step) => span / step <= mostTicks) ?? roundStep(span / mostTicks);
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return {
    ticks: Array.from({ length: Math.min(count, 2 * mostTicks) }, (_, i) => first + i * step),
    at: (second) => clamp((second - from) / span),
  };
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
function roundStep(step: number): number {
  const decade = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((factor) => factor * decade >= step * (1 - 1e-9)) ?? 10;
  return factor * decade;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
