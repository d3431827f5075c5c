import { open } from 'node:fs/promises';
import { compile, hasApiKeyForm, hashApiKey, newApiKey } from '@swipegate/contract';
import { readJsonFile, replaceJsonFile } from '@swipegate/terminal/json-file';
import Type from 'typebox';
import type { ListedKey } from './tenant-tables.js';
import { TenantError } from './user-directory.js';

/** In the form of the keys file of npm start. */
const Content = Type.Object({
  gateway: Type.Optional(Type.String()),
  tenant: Type.String(),
  operator: Type.String(),
  keys: Type.Record(Type.String(), Type.String()),
  admin: Type.Optional(
    Type.Object({ url: Type.String(), tokens: Type.Record(Type.String(), Type.String()), signIn: Type.String() }),
  ),
});
type Content = Type.Static<typeof Content>;
const isContent = compile(Content);

/** A file that keeps the operator's key of a tenant. Only its owner can read it. */
export class KeysFile {
  readonly path: string;
  #content: Content | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {TenantError} if the file exists and is not one of this tenant */
  async check(tenantId: string): Promise<void> {
    const found: unknown = await readJsonFile(this.path).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new TenantError(`--keys ${this.path} cannot be read: name a new file.`, { cause: error });
    });
    if (found === undefined) return;
    if (!isContent(found) || found.tenant !== tenantId || !hasApiKeyForm(found.operator)) {
      throw new TenantError(`--keys ${this.path} exists and is not of the tenant ${tenantId}: name a new file.`);
    }
    this.#content = found;
  }

  /** Returns the key of the file, and writes a new one if it has none. */
  async keyFor(tenant: string): Promise<string> {
    this.#content ??= await this.#create({ tenant, operator: newApiKey(), keys: {} });
    return this.#content.operator;
  }

  /** Returns a clause about the file, for a tenant whose keys are listed. */
  async stateOf(listed: readonly ListedKey[]): Promise<string> {
    const operator = this.#content?.operator;
    if (operator === undefined)
      return `; ${this.path} is not written: a key is shown once. Issue another in the console`;
    const isOne = listed.some(({ keyHash }) => keyHash === hashApiKey(operator));
    return isOne ? `; it is in ${this.path}` : `; ${this.path} holds another one, which no gateway accepts`;
  }

  /** Adds addresses and a token to the file, if it exists. */
  async add(members: Pick<Content, 'gateway' | 'admin'>): Promise<void> {
    if (this.#content === undefined) return;
    this.#content = { ...this.#content, ...members };
    await replaceJsonFile(this.path, this.#content);
  }

  async #create(content: Content): Promise<Content> {
    const file = await open(this.path, 'wx', 0o600).catch((error: unknown) => {
      throw new TenantError(`--keys ${this.path} cannot be written: name a file in a folder that exists.`, {
        cause: error,
      });
    });
    try {
      await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return content;
  }
}
