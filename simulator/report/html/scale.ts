/** Maps values to positions on an axis, from 0 (start) to 1 (end). */
export interface Scale {
  kind: 'linear' | 'log';
  ticks: number[];
  at(value: number): number;
}

const WIDE_SPREAD = 60;
/** Smaller maxima count as 0: far below a µs, but large enough to divide by. */
const LEAST = 1e-9;
const MOST_DECADES = 6;

/** Scale from 0 to a round number not below `most`. */
export function linearScale(most: number, wantedTicks = 5): Scale {
  const reach = most > LEAST ? most : 1;
  const step = roundStep(reach / wantedTicks);
  const end = step * Math.max(1, Math.ceil(reach / step - 1e-9));
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { kind: 'linear', ticks, at: (value) => clamp(value / end) };
}

/** Scale of whole decades around [least, most], both above 0; up to two decades also have ticks at 2 and 5. */
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

/** Scale for latencies: logarithmic if a linear one would flatten all but the greatest. */
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

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** Axis of seconds from `from` to `to`, with ticks at round clock times. */
export function timeAxis(from: number, to: number, mostTicks = 8): Pick<Scale, 'ticks' | 'at'> {
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
