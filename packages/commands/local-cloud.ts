import { readFile } from 'node:fs/promises';

/** A command line, or a file that it names, is not what the command takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly code = 'OPTION_INVALID';
}

/** The SDK's clients read the environment when they are made. */
async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/**
 * Takes the environment variables of a running npm start for this process's own: call it before an SDK client is made.
 * @param file its .swipegate/cloud.json
 * @throws {OptionError} where it is no such file
 */
export async function useLocalCloud(file: string): Promise<void> {
  const env = await readJson(file).catch((error: unknown) => error);
  if (typeof env !== 'object' || env === null || env instanceof Error) {
    const reason = env instanceof Error ? ` (${env.message})` : '';
    throw new OptionError(
      `--local ${file} is no file of a running npm start${reason}: write --local .swipegate/cloud.json.`,
    );
  }
  for (const [name, value] of Object.entries(env)) process.env[name] = String(value);
}
