import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonIn, type Site } from '@swipegate/contract';
import { isKeysFile, type KeysFile } from '@swipegate/simulator/run/site-files';
import { replaceJsonFile } from '@swipegate/terminal/json-file';
import type { LocalUser } from '../sign-in/users.js';

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly code = 'FOLDER_IN_USE';
}

/** The part of an earlier start's keys file that the next start needs. */
export type KeptKeys = Pick<KeysFile, 'keys' | 'devices' | 'operator' | 'operators' | 'tenant'>;

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
  /** Users of the sign-in service. */
  readonly usersFile: string;
  readonly #checkpointsFolder: string;
  /** Keys for the next start with the same data. */
  readonly #keptKeysFile: string;
  readonly #dataFolder: string | undefined;
  readonly #folders: readonly string[];

  /** @param dataFolder keeps the keys and the progress of readers of streams with the cloud's data. Default: not kept */
  constructor(folder: string, dataFolder?: string) {
    const kept = dataFolder ?? folder;
    this.#dataFolder = dataFolder;
    this.#folders = dataFolder === undefined ? [folder] : [folder, dataFolder];
    this.siteFile = join(folder, 'site.json');
    this.keysFile = join(folder, 'keys.json');
    this.cloudFile = join(folder, 'cloud.json');
    this.logsFolder = join(folder, 'logs');
    this.resultFile = join(folder, 'run.json');
    this.objectsFolder = join(folder, 'objects');
    this.signInKeyFile = join(kept, 'sign-in-key.pem');
    this.usersFile = join(kept, 'users.json');
    this.#checkpointsFolder = join(kept, 'checkpoints');
    this.#keptKeysFile = join(kept, 'keys.json');
    this.onFailureFile = join(this.logsFolder, 'decide-on-failure.jsonl');
  }

  logFile(name: string): string {
    return join(this.logsFolder, `${name}.log`);
  }

  /** File with the progress of a reader of a stream. */
  checkpointsFile(name: string): string {
    return join(this.#checkpointsFolder, `${name}.json`);
  }

  /** Claims the folders for this process. @throws {FolderInUseError} while another run uses one of them */
  async claim(): Promise<void> {
    for (const folder of this.#folders) await claim(folder);
  }

  /** Claims the folders and removes what an earlier run left, but no data. @throws {FolderInUseError} */
  async prepare(): Promise<void> {
    await this.claim();
    // A killed run leaves its objects behind.
    const left = [this.logsFolder, this.objectsFolder, this.resultFile];
    if (this.#dataFolder === undefined) left.push(this.#checkpointsFolder, this.signInKeyFile, this.usersFile);
    for (const path of left) await rm(path, { recursive: true, force: true });
    for (const folder of [this.logsFolder, this.#checkpointsFolder]) await mkdir(folder, { recursive: true });
  }

  /** Frees the folders for another run, if this run had claimed them. */
  async release(): Promise<void> {
    for (const folder of this.#folders) {
      if ((await ownerOf(folder)) === process.pid) await rm(join(folder, OWNER), { force: true });
    }
  }

  /** Keys that an earlier start has written; undefined if there are none. */
  async keptKeys(): Promise<KeptKeys | undefined> {
    const read = async (file: string) => jsonIn(await readFile(file).catch(() => Buffer.alloc(0)));
    const kept = await read(this.#keptKeysFile);
    if (!isKeysFile(kept) || kept.tenant === undefined || this.#keptKeysFile === this.keysFile) {
      return isKeysFile(kept) ? kept : undefined;
    }
    // Keys that were issued since were written into the file of the run alone.
    const last = await read(this.keysFile);
    if (!isKeysFile(last) || last.tenant !== kept.tenant || last.operator !== kept.operator) return kept;
    return {
      ...kept,
      keys: { ...kept.keys, ...last.keys },
      devices: { ...kept.devices, ...last.devices },
      operators: { ...kept.operators, ...last.operators },
    };
  }

  /** Writes the users of the first start; those that an earlier start with the same data has kept stay. */
  async writeFirstUsers(users: readonly LocalUser[]): Promise<void> {
    if (!existsSync(this.usersFile)) await replaceJsonFile(this.usersFile, users);
  }

  /** @param site for the simulator; undefined: there is none, and that of an earlier run is removed */
  async write(site: Site | undefined, access: KeysFile, cloudEnv: Readonly<Record<string, string>>): Promise<void> {
    if (site === undefined) await rm(this.siteFile, { force: true });
    else await replaceJsonFile(this.siteFile, site);
    for (const file of new Set([this.keysFile, this.#keptKeysFile])) await replaceJsonFile(file, access);
    await replaceJsonFile(this.cloudFile, cloudEnv);
  }
}

/** File with the id of the process that uses a folder. */
const OWNER = 'pid';

/** @throws {FolderInUseError} */
async function claim(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const ownerFile = join(folder, OWNER);
  try {
    // Atomic: of two concurrent claims only one succeeds.
    await writeFile(ownerFile, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const owner = await ownerOf(folder);
    if (owner !== process.pid && isAlive(owner)) throw new FolderInUseError(inUse(owner, ownerFile));
    // The owner was killed.
    await writeFile(ownerFile, String(process.pid));
  }
}

/** Id of the process that uses a folder, or NaN. */
async function ownerOf(folder: string): Promise<number> {
  return readFile(join(folder, OWNER), 'utf8').then(Number, () => Number.NaN);
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
