import { rename, rm, stat, writeFile } from 'node:fs/promises';

export class OutputFileError extends Error {
  override readonly name = 'OutputFileError';
  readonly code = 'OUTPUT_FILE_UNWRITABLE';
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
  const reason = error instanceof Error ? error.message : String(error);
  return new OutputFileError(`${file} cannot be written (${reason}): name a file in a writable folder.`);
}
