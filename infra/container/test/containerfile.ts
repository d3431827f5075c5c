export interface Instruction {
  /** In upper case. */
  name: string;
  /** All behind it, of continued lines as well. */
  rest: string;
}

/** The stages of a container file, each from its FROM on; what stands before the first is left out, as are comments. */
export function stagesOf(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  const lines = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  for (const line of lines.split('\n')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    if (name !== '') stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

/** What follows an instruction that stands in the stage once. @throws {Error} when it does not */
export function only(stage: readonly Instruction[], name: string): string {
  const [found, ...more] = stage.filter((instruction) => instruction.name === name);
  if (found === undefined || more.length > 0) throw new Error(`${name} is not there once`);
  return found.rest;
}

/** Words of the form in which no shell takes part: `["node", "main.js"]`. */
export function execForm(rest: string): string[] {
  const words: unknown = JSON.parse(rest);
  if (!Array.isArray(words)) throw new Error(`${rest} is no array`);
  return words.map(String);
}

/** Each COPY: where from, and where to; `stage` is undefined where it copies from the sources. */
export function copies(stage: readonly Instruction[]): { stage: string | undefined; from: string[]; to: string }[] {
  return stage
    .filter(({ name }) => name === 'COPY')
    .map(({ rest }) => {
      const words = rest.split(/\s+/);
      const flag = words[0]?.startsWith('--from=') ? words.shift() : undefined;
      const to = words.pop() ?? '';
      return { stage: flag?.slice('--from='.length), from: words, to };
    });
}
