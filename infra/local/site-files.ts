import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../../gateway/contract/index.js';

/** Where a run leaves what others want to read: `.swipegate` in the folder it was started in. */
export class SiteFiles {
  readonly siteFile: string;
  readonly keysFile: string;
  readonly logsFolder: string;
  /** Records that the decision Lambda could not be made to take. */
  readonly onFailureFile: string;

  constructor(folder: string) {
    this.siteFile = join(folder, 'site.json');
    this.keysFile = join(folder, 'keys.json');
    this.logsFolder = join(folder, 'logs');
    this.onFailureFile = join(this.logsFolder, 'decide-on-failure.jsonl');
  }

  logFile(name: string): string {
    return join(this.logsFolder, `${name}.log`);
  }

  /** Begins with empty logs. */
  async prepare(): Promise<void> {
    await rm(this.logsFolder, { recursive: true, force: true });
    await mkdir(this.logsFolder, { recursive: true });
  }

  async write(site: Site, gatewayUrl: string, keys: Readonly<Record<string, string>>): Promise<void> {
    await replace(this.siteFile, site);
    await replace(this.keysFile, { gateway: gatewayUrl, keys });
  }
}

/** Only this user may read it. Renamed into place, so that nobody reads half a file. */
async function replace(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
