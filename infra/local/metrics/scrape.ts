import { GATEWAY_METRICS, quantileMs } from '@swipegate/contract';

/** A line of Prometheus text. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Parses Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/); skips lines it cannot parse. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name, labels: labelsOf(labels), value: numberOf(value) }];
  });
}

/** Parses a value or a bucket's upper bound, which may be `+Inf`. */
export function numberOf(text: string | undefined): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(LABEL), ([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
    ]),
  );
}

/** Counters of the gateway; they cover virtual readers and all other clients. */
export interface GatewayTotals {
  /** Swipes acknowledged as durable; a swipe posted twice counts twice. */
  accepted: number;
  /** Decisions that the gateway received, by reason. */
  granted: Record<string, number>;
  denied: Record<string, number>;
  /** Swipes that arrived too late to open a door, recorded as history. */
  recorded: Record<string, number>;
  /** Estimated from the gateway's histograms, ms; undefined before the first observation. */
  ackP50Ms: number | undefined;
  ackP99Ms: number | undefined;
  decisionP50Ms: number | undefined;
  decisionP99Ms: number | undefined;
}

/** Reads the gateway's counters from Prometheus text; ignores other metrics. */
export function readTotals(text: string): GatewayTotals {
  let accepted = 0;
  const reasons: Pick<GatewayTotals, 'granted' | 'denied' | 'recorded'> = { granted: {}, denied: {}, recorded: {} };
  const ack: [boundSeconds: number, count: number][] = [];
  const decision: [boundSeconds: number, count: number][] = [];
  for (const { name, labels, value } of samplesOf(text)) {
    if (name === GATEWAY_METRICS.swipesAccepted.prometheus) {
      accepted += value;
    } else if (name === GATEWAY_METRICS.decisions.prometheus) {
      const { outcome, reason = 'unknown' } = labels;
      const counts = reasons[outcome === 'granted' || outcome === 'recorded' ? outcome : 'denied'];
      counts[reason] = (counts[reason] ?? 0) + value;
    } else if (name === `${GATEWAY_METRICS.ackLatency.prometheus}_bucket`) {
      ack.push([numberOf(labels['le']), value]);
    } else if (name === `${GATEWAY_METRICS.swipeToDecision.prometheus}_bucket`) {
      decision.push([numberOf(labels['le']), value]);
    }
  }
  return {
    accepted,
    ...reasons,
    ackP50Ms: quantileMs(ack, 0.5),
    ackP99Ms: quantileMs(ack, 0.99),
    decisionP50Ms: quantileMs(decision, 0.5),
    decisionP99Ms: quantileMs(decision, 0.99),
  };
}

/** Fetches a gateway's counters; undefined when it does not answer within `timeoutMs`. */
export async function scrape(gatewayUrl: string, timeoutMs = 900): Promise<GatewayTotals | undefined> {
  try {
    const answer = await fetch(`${gatewayUrl}/metrics`, { signal: AbortSignal.timeout(timeoutMs) });
    return answer.ok ? readTotals(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
}
