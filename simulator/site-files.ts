import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { compile, explain, Site } from '../gateway/contract/index.js';

const Keys = Type.Object({ keys: Type.Record(Type.String(), Type.String()) });
const isSite = compile(Site);
const isKeys = compile(Keys);

export class SiteFileError extends Error {
  override readonly name = 'SiteFileError';
  readonly code = 'SITE_FILE_UNUSABLE';
}

/** @throws {SiteFileError} when the file cannot be read or is no site */
export async function readSite(file: string): Promise<Site> {
  const value = await readJson(file);
  if (isSite(value)) return value;
  const { field, reason } = explain(isSite.errors);
  throw new SiteFileError(`${file} is not a site: ${field} ${reason}`);
}

/** @returns API key by reader. @throws {SiteFileError} when the file cannot be read or has no keys */
export async function readKeys(file: string): Promise<Record<string, string>> {
  const value = await readJson(file);
  if (isKeys(value)) return value.keys;
  throw new SiteFileError(`${file} is not a file of keys: it must look like {"keys": {"READER": "KEY"}}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SiteFileError(`${file} cannot be read (${reason}). npm start writes one, or give another.`);
  }
}
