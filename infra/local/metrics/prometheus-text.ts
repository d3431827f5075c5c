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
  if (text === '') return {};
  return Object.fromEntries(
    Array.from(text.matchAll(LABEL), ([, name = '', value = '']) => [name, value.replace(/\\(.)/g, unescaped)]),
  );
}

function unescaped(_: string, character: string): string {
  return character === 'n' ? '\n' : character;
}
