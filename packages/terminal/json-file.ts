import { open, readFile, rename } from 'node:fs/promises';

/** Reads a JSON file of the user. @throws {Error} of the file system; {SyntaxError} if it is not JSON */
export async function readJsonFile(file: string): Promise<unknown> {
  // TextDecoder removes the byte-order mark that some editors write.
  return JSON.parse(new TextDecoder().decode(await readFile(file)));
}

/**
 * Writes a JSON file that only this user can read. It is renamed into place when it is on disk, so that nobody reads a
 * part of it, and a crash leaves a whole file. @throws {Error} of the file system
 */
export async function replaceJsonFile(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
