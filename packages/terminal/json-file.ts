import { readFile } from 'node:fs/promises';

/** Reads a JSON file of the user. @throws {Error} of the file system; {SyntaxError} if it is not JSON */
export async function readJsonFile(file: string): Promise<unknown> {
  // TextDecoder removes the byte-order mark that some editors write.
  return JSON.parse(new TextDecoder().decode(await readFile(file)));
}
