import { quantileMs } from '../../gateway/contract/index.js';

/** What the gateway itself counted, whoever posted: virtual readers and real ones. */
export interface GatewayTotals {
  /** Swipes answered as durable; a swipe posted twice counts twice. */
  accepted: number;
  /** Decisions that came back, by reason. */
  granted: Record<string, number>;
  denied: Record<string, number>;
  /** History that came too late to open a door. */
  recorded: Record<string, number>;
  /** Estimated from the gateway's histograms, ms; undefined before the first observation. */
  ackP50Ms: number | undefined;
  ackP99Ms: number | undefined;
  decisionP50Ms: number | undefined;
  decisionP99Ms: number | undefined;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the gateway's counters out of Prometheus text; what it does not know it passes over. */
export function readTotals(text: string): GatewayTotals {
  let accepted = 0;
  const granted: Record<string, number> = {};
  const denied: Record<string, number> = {};
  const recorded: Record<string, number> = {};
  const ack: [boundSeconds: number, count: number][] = [];
  const decision: [boundSeconds: number, count: number][] = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', number] = SAMPLE.exec(line) ?? [];
    const value = Number(number);
    const label = (wanted: string) => Array.from(labels.matchAll(LABEL)).find(([, key]) => key === wanted)?.[2];
    if (name === 'swipegate_swipes_accepted_total') {
      accepted += value;
    } else if (name === 'swipegate_decisions_total') {
      const outcome = label('outcome');
      const reasons = outcome === 'granted' ? granted : outcome === 'recorded' ? recorded : denied;
      const reason = label('reason') ?? 'unknown';
      reasons[reason] = (reasons[reason] ?? 0) + value;
    } else if (name === 'swipegate_ack_seconds_bucket') {
      ack.push([bound(label('le')), value]);
    } else if (name === 'swipegate_swipe_to_decision_seconds_bucket') {
      decision.push([bound(label('le')), value]);
    }
  }
  return {
    accepted,
    granted,
    denied,
    recorded,
    ackP50Ms: quantileMs(ack, 0.5),
    ackP99Ms: quantileMs(ack, 0.99),
    decisionP50Ms: quantileMs(decision, 0.5),
    decisionP99Ms: quantileMs(decision, 0.99),
  };
}

function bound(text: string | undefined): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}

/** Asks a gateway for its counters; undefined when it does not answer within `timeoutMs`. */
export async function scrape(gatewayUrl: string, timeoutMs = 900): Promise<GatewayTotals | undefined> {
  try {
    const answer = await fetch(`${gatewayUrl}/metrics`, { signal: AbortSignal.timeout(timeoutMs) });
    return answer.ok ? readTotals(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
}
