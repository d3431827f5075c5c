import { rename, rm, writeFile } from 'node:fs/promises';

export class OutputFileError extends Error {
  override readonly name = 'OutputFileError';
  readonly code = 'OUTPUT_FILE_UNWRITABLE';
}

/** Writes a file, renamed into place so that nobody reads half of it. @throws {OutputFileError} */
export async function writeText(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputFileError(`${file} cannot be written (${reason}): name a file in a folder that you may write to.`);
  }
}
