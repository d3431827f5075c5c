import { resolve } from 'node:path';
import { OptionError } from '@swipegate/terminal/options';

/**
 * Checks that a command writes over nothing that it has read, nor twice to one file.
 * @param inputs files that are read
 * @param outputs files that are written, by option; undefined where none was asked for
 * @throws {OptionError} naming the option
 */
export function checkDistinct(inputs: readonly string[], outputs: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map(inputs.map((file) => [resolve(file), 'read']));
  for (const [option, file] of Object.entries(outputs)) {
    if (file === undefined) continue;
    const use = taken.get(resolve(file));
    if (use !== undefined) {
      const why = use === 'read' ? `${file} is what is read` : `${file} is what ${use} writes`;
      throw new OptionError(`${option} would write over it: ${why}. Name another file.`);
    }
    taken.set(resolve(file), option);
  }
}
