import { resolve } from 'node:path';
import { OptionError } from '@swipegate/terminal/options';

/**
 * Checks that no output file is also an input or another output.
 * @param outputs output files by option; undefined if not requested
 * @throws {OptionError} naming the option
 */
export function checkDistinct(inputs: readonly string[], outputs: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map(inputs.map((file) => [resolve(file), 'read']));
  for (const [option, file] of Object.entries(outputs)) {
    if (file === undefined) continue;
    const use = taken.get(resolve(file));
    if (use !== undefined) {
      const user = use === 'read' ? 'the command reads' : `${use} writes`;
      throw new OptionError(`${option} would overwrite ${file}, which ${user}: name another file.`);
    }
    taken.set(resolve(file), option);
  }
}
