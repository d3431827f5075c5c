import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError } from '@swipegate/terminal/options';

class OutputFileError extends Error {
  override readonly name = 'OutputFileError';
  readonly code = 'OUTPUT_FILE_UNWRITABLE';
}

/** Checks that no output is also an input or another output. @param outputs files by option @throws {OptionError} */
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

/** Checks that a file can be written, without changing it. @throws {OutputFileError} OUTPUT_FILE_UNWRITABLE */
export async function checkWritable(file: string): Promise<void> {
  const draft = draftOf(file);
  try {
    if ((await stat(file).catch(() => undefined))?.isDirectory()) throw new Error('it is a folder');
    await writeFile(draft, '');
  } catch (error) {
    throw unwritable(file, error);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Writes a file atomically (draft, then rename). @throws {OutputFileError} OUTPUT_FILE_UNWRITABLE */
export async function writeText(file: string, text: string): Promise<void> {
  const draft = draftOf(file);
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw unwritable(file, error);
  }
}

function draftOf(file: string): string {
  return `${file}.${process.pid}`;
}

function unwritable(file: string, error: unknown): OutputFileError {
  return new OutputFileError(`${file} cannot be written (${messageOf(error)}): name a file in a writable folder.`);
}
