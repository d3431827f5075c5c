import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '@swipegate/contract';

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly code = 'FOLDER_IN_USE';
}

/** Where a run leaves what others want to read: `.swipegate` in the folder it was started in. */
export class SiteFiles {
  readonly siteFile: string;
  readonly keysFile: string;
  /** What the AWS SDK reads from the environment to reach the streams and tables of this run. */
  readonly cloudFile: string;
  readonly logsFolder: string;
  /** Bytes of the local S3's objects, while it runs. */
  readonly objectsFolder: string;
  /** Records that the decision Lambda could not be made to take. */
  readonly onFailureFile: string;

  readonly #folder: string;
  readonly #ownerFile: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#ownerFile = join(folder, 'pid');
    this.siteFile = join(folder, 'site.json');
    this.keysFile = join(folder, 'keys.json');
    this.cloudFile = join(folder, 'cloud.json');
    this.logsFolder = join(folder, 'logs');
    this.objectsFolder = join(folder, 'objects');
    this.onFailureFile = join(this.logsFolder, 'decide-on-failure.jsonl');
  }

  logFile(name: string): string {
    return join(this.logsFolder, `${name}.log`);
  }

  /**
   * Begins with empty logs.
   * @throws {FolderInUseError} while another run's process lives, whose keys and logs these are
   */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if (!(await this.#claim())) {
      const owner = await this.#owner();
      if (owner !== process.pid && isAlive(owner)) throw new FolderInUseError(inUse(owner, this.#ownerFile));
      // Left behind by a run that was killed.
      await writeFile(this.#ownerFile, String(process.pid));
    }
    await rm(this.logsFolder, { recursive: true, force: true });
    // Of a run that was killed.
    await rm(this.objectsFolder, { recursive: true, force: true });
    await mkdir(this.logsFolder, { recursive: true });
  }

  /** The folder is another run's to use; if it was this one's. */
  async release(): Promise<void> {
    if ((await this.#owner()) === process.pid) await rm(this.#ownerFile, { force: true });
  }

  /** Makes the folder this run's, if it is nobody's. Of two that try at once one succeeds. */
  async #claim(): Promise<boolean> {
    try {
      await writeFile(this.#ownerFile, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }

  /** The process that uses the folder, or NaN. */
  async #owner(): Promise<number> {
    return readFile(this.#ownerFile, 'utf8').then(Number, () => Number.NaN);
  }

  async write(
    site: Site,
    {
      gatewayUrl,
      keys,
      operatorKey,
      admin,
      cloudEnv,
    }: {
      gatewayUrl: string;
      operatorKey: string;
      /** Where the admin API is, and access tokens of its users. */
      admin?: { url: string; tokens: Readonly<Record<string, string>> } | undefined;
    } & Record<'keys' | 'cloudEnv', Readonly<Record<string, string>>>,
  ): Promise<void> {
    await replace(this.siteFile, site);
    await replace(this.keysFile, { gateway: gatewayUrl, operator: operatorKey, keys, admin });
    await replace(this.cloudFile, cloudEnv);
  }
}

function inUse(owner: number, ownerFile: string): string {
  return [
    `Swipegate runs in this folder already (process ${owner}), with its keys and logs.`,
    `Stop it (Ctrl-C where it runs, or kill ${owner}), or start in another folder.`,
    `If process ${owner} is no Swipegate, delete ${ownerFile}.`,
  ].join('\n');
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Only this user may read it. Renamed into place, so that nobody reads half a file. */
async function replace(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
