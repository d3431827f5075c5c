import { readFile } from 'node:fs/promises';
import { compile, explain, Site } from '@swipegate/contract';
import Type from 'typebox';

/** API key by reader, and the URL of the gateway that accepts them. */
const Keys = Type.Object({
  gateway: Type.Optional(Type.String()),
  keys: Type.Record(Type.String(), Type.String()),
});
type Keys = Type.Static<typeof Keys>;
const Environment = Type.Record(Type.String(), Type.String());
const isSite = compile(Site);
const isKeys = compile(Keys);
const isEnvironment = compile(Environment);

export class SiteFileError extends Error {
  override readonly name = 'SiteFileError';
  readonly code = 'SITE_FILE_UNUSABLE';
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.isMissing = isMissing;
  }
}

/** @throws {SiteFileError} SITE_FILE_UNUSABLE when the file cannot be read or is not a site */
export async function readSite(file: string): Promise<Site> {
  const value = await readJson(file);
  if (isSite(value)) return value;
  const { field, reason } = explain(isSite.errors);
  throw new SiteFileError(`${file} is not a site: ${field} ${reason}`);
}

/** @throws {SiteFileError} SITE_FILE_UNUSABLE when the file cannot be read or has no keys */
export async function readKeys(file: string): Promise<Keys> {
  const value = await readJson(file);
  if (isKeys(value)) return value;
  throw new SiteFileError(`${file} is not a keys file: it must look like {"keys": {"READER": "KEY"}}`);
}

/** Reads environment variables for the AWS SDK; empty if the file is missing. @throws {SiteFileError} when it is invalid */
export async function readCloud(file: string): Promise<Record<string, string>> {
  const value = await readJson(file).catch((error: unknown) => {
    if (error instanceof SiteFileError && error.isMissing) return {};
    throw error;
  });
  if (isEnvironment(value)) return value;
  throw new SiteFileError(`${file} is not a set of environment variables: it must look like {"AWS_REGION": "…"}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new SiteFileError(
      `${file} cannot be read (${reason}): run npm start to create it, or name another file.`,
      isMissing,
    );
  }
}
