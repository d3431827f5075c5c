import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '@swipegate/contract';
import type { KeysFile } from '@swipegate/simulator/run/site-files';

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly code = 'FOLDER_IN_USE';
}

/** Files that a run writes for other programs: `.swipegate` in the working directory. */
export class SiteFiles {
  readonly siteFile: string;
  readonly keysFile: string;
  /** Environment variables with which the AWS SDK reaches the streams and tables of this run. */
  readonly cloudFile: string;
  readonly logsFolder: string;
  /** Result of the virtual readers, unless the user names another file. */
  readonly resultFile: string;
  /** Object data of the local S3, while it runs. */
  readonly objectsFolder: string;
  /** On-failure destination: records that were given up because the decision Lambda kept failing on them. */
  readonly onFailureFile: string;

  /** Private key of the sign-in service, so that its tokens stay valid when its process is started again. */
  readonly signInKeyFile: string;
  readonly #checkpointsFolder: string;

  readonly #folder: string;
  readonly #ownerFile: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#ownerFile = join(folder, 'pid');
    this.siteFile = join(folder, 'site.json');
    this.keysFile = join(folder, 'keys.json');
    this.cloudFile = join(folder, 'cloud.json');
    this.logsFolder = join(folder, 'logs');
    this.resultFile = join(folder, 'run.json');
    this.objectsFolder = join(folder, 'objects');
    this.signInKeyFile = join(folder, 'sign-in-key.pem');
    this.#checkpointsFolder = join(folder, 'checkpoints');
    this.onFailureFile = join(this.logsFolder, 'decide-on-failure.jsonl');
  }

  logFile(name: string): string {
    return join(this.logsFolder, `${name}.log`);
  }

  /** File with the progress of a reader of a stream. */
  checkpointsFile(name: string): string {
    return join(this.#checkpointsFolder, `${name}.json`);
  }

  /** Claims the folder for this process. @throws {FolderInUseError} while another run uses it */
  async claim(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if (await this.#createOwnerFile()) return;
    const owner = await this.#owner();
    if (owner !== process.pid && isAlive(owner)) throw new FolderInUseError(inUse(owner, this.#ownerFile));
    // The owner was killed.
    await writeFile(this.#ownerFile, String(process.pid));
  }

  /** Claims the folder and removes what an earlier run left. @throws {FolderInUseError} while another run uses it */
  async prepare(): Promise<void> {
    await this.claim();
    // A killed run leaves its objects behind.
    const left = [this.logsFolder, this.objectsFolder, this.resultFile, this.#checkpointsFolder, this.signInKeyFile];
    for (const path of left) await rm(path, { recursive: true, force: true });
    for (const folder of [this.logsFolder, this.#checkpointsFolder]) await mkdir(folder, { recursive: true });
  }

  /** Frees the folder for another run, if this run had claimed it. */
  async release(): Promise<void> {
    if ((await this.#owner()) === process.pid) await rm(this.#ownerFile, { force: true });
  }

  /** Atomic: of two concurrent calls only one succeeds. */
  async #createOwnerFile(): Promise<boolean> {
    try {
      await writeFile(this.#ownerFile, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Id of the process that uses the folder, or NaN. */
  async #owner(): Promise<number> {
    return readFile(this.#ownerFile, 'utf8').then(Number, () => Number.NaN);
  }

  async write(site: Site, access: KeysFile, cloudEnv: Readonly<Record<string, string>>): Promise<void> {
    await replace(this.siteFile, site);
    await replace(this.keysFile, access);
    await replace(this.cloudFile, cloudEnv);
  }
}

function inUse(owner: number, ownerFile: string): string {
  return [
    `Swipegate is already running in this folder (process ${owner}).`,
    `Stop it (Ctrl-C in its terminal, or kill ${owner}), or start in another folder.`,
    `If process ${owner} is not Swipegate, delete ${ownerFile}.`,
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

/** Writes a file that only this user can read. Renames it into place, so no one reads a partial file. */
async function replace(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
