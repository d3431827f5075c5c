export interface Instruction {
  /** In upper case. */
  name: string;
  /** Rest of the instruction, with continuation lines joined. */
  rest: string;
}

/** Splits a container file into stages, each from its FROM on. Leaves out comments and all before the first FROM. */
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

/**
 * Returns the rest of an instruction that occurs once in the stage.
 * @throws {Error} if it does not occur exactly once
 */
export function only(stage: readonly Instruction[], name: string): string {
  const [found, ...more] = stage.filter((instruction) => instruction.name === name);
  if (found === undefined || more.length > 0) throw new Error(`${name} must occur exactly once`);
  return found.rest;
}

/** Words of an instruction in exec form (no shell): `["node", "main.js"]`. */
export function execForm(rest: string): string[] {
  const words: unknown = JSON.parse(rest);
  if (!Array.isArray(words)) throw new Error(`${rest} is not an array`);
  return words.map(String);
}

/** All COPY instructions; `stage` is undefined for a copy from the sources. */
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
