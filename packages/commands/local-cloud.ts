import { readFile } from 'node:fs/promises';

/** The command line, or a file it names, is not valid. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly code = 'OPTION_INVALID';
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/**
 * Copies the environment variables of a running npm start into this process. Call it before creating an SDK client:
 * clients read the environment when they are created.
 * @param file its .swipegate/cloud.json
 * @throws {OptionError} when the file cannot be read or is not a JSON object
 */
export async function useLocalCloud(file: string): Promise<void> {
  const env = await readJson(file).catch((error: unknown) => error);
  if (typeof env !== 'object' || env === null || env instanceof Error) {
    const reason = env instanceof Error ? ` (${env.message})` : '';
    throw new OptionError(
      `--local ${file} is not the cloud.json of a running npm start${reason}: write --local .swipegate/cloud.json.`,
    );
  }
  for (const [name, value] of Object.entries(env)) process.env[name] = String(value);
}
