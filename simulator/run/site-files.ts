import { compile, explain, Site } from '@swipegate/contract';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';

/** The keys file, which `npm start` writes. */
const KeysFile = Type.Object({
  gateway: Type.Optional(Type.String()),
  /** URL of the device port, if there is one. */
  devicePort: Type.Optional(Type.String()),
  keys: Type.Record(Type.String(), Type.String()),
  /** Keys in the URLs of devices, by device. */
  devices: Type.Optional(Type.Record(Type.String(), Type.String())),
  operator: Type.Optional(Type.String()),
  /** By name: further operators’ keys, which `swipegate site apply` writes. */
  operators: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** Tenant that set up a site of its own; absent: the demo's. */
  tenant: Type.Optional(Type.String()),
  admin: Type.Optional(
    Type.Object({
      url: Type.String(),
      tokens: Type.Record(Type.String(), Type.String()),
      /** Sign-in service, which issues new tokens: these expire within the hour. */
      signIn: Type.Optional(Type.String()),
    }),
  ),
});
export type KeysFile = Type.Static<typeof KeysFile>;

const isSite = compile(Site);
export const isKeysFile = compile(KeysFile);
const isEnvironment = compile(Type.Record(Type.String(), Type.String()));
const DEFAULT_GATEWAY = 'http://127.0.0.1:8080';

class SiteFileError extends Error {
  override readonly name = 'SiteFileError';
  readonly code = 'SITE_FILE_UNUSABLE';
}

/** Reads a site, its API keys and the URL of its gateway. @throws {SiteFileError} SITE_FILE_UNUSABLE */
export async function readSiteAndKeys({ siteFile, keysFile }: { siteFile: string; keysFile: string }) {
  // Sequential, so that with two missing files the error always names the same one.
  const site = await readJson(siteFile);
  if (!isSite(site)) {
    const { field, reason } = explain(isSite.errors);
    throw new SiteFileError(`${siteFile} is not a site: ${field} ${reason}`);
  }
  const file = await readJson(keysFile);
  if (!isKeysFile(file)) {
    throw new SiteFileError(`${keysFile} is not a keys file: it must look like {"keys": {"READER": "KEY"}}`);
  }
  return { site, keys: file.keys, gateway: file.gateway ?? DEFAULT_GATEWAY, devicePort: file.devicePort };
}

/** Reads environment variables for the AWS SDK; empty if the file is missing. @throws {SiteFileError} when it is invalid */
export async function readCloud(file: string): Promise<Record<string, string>> {
  const value = await readJson(file).catch((error: unknown) => {
    const { cause } = error instanceof SiteFileError ? error : {};
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    throw error;
  });
  if (isEnvironment(value)) return value;
  throw new SiteFileError(`${file} is not a set of environment variables: it must look like {"AWS_REGION": "…"}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    const advice = 'run npm start to create it, or name another file.';
    throw new SiteFileError(`${file} cannot be read (${messageOf(error)}): ${advice}`, { cause: error });
  }
}
