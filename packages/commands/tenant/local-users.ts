import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { type DirectoryUser, type Invited, TenantError, type UserDirectory } from './user-directory.js';

const isUserList = compile(
  Type.Object({
    items: Type.Array(
      Type.Object({ username: Type.String(), email: Type.String(), groups: Type.Array(Type.String()) }),
    ),
  }),
);
const isToken = compile(Type.Object({ access_token: Type.String() }));
const isError = compile(Type.Object({ error_description: Type.String() }));

/** The sign-in service of a running npm start. It has no passwords, and no groups of its own: users carry them. */
export class LocalUsers implements UserDirectory {
  readonly #url: string;

  /** @param url `SIGN_IN_URL` of its cloud.json */
  constructor(url: string) {
    this.#url = url;
  }

  async find(username: string): Promise<DirectoryUser | undefined> {
    const found = (await this.#users()).find((user) => user.username === username);
    return found && { ...found, isInvited: false };
  }

  async members(group: string): Promise<string[]> {
    return (await this.#users()).flatMap(({ username, groups }) => (groups.includes(group) ? username : []));
  }

  async createGroup(): Promise<boolean> {
    return false;
  }

  async create(user: { username: string; email: string; groups: readonly string[] }): Promise<Invited> {
    await this.#put(user);
    return { note: 'The sign-in of this machine has no passwords: choose the user there.' };
  }

  async join(username: string, group: string): Promise<void> {
    const user = await this.find(username);
    if (user !== undefined && !user.groups.includes(group)) await this.#put({ ...user, groups: [group] });
  }

  /** Issues an access token, valid for an hour. */
  async token(username: string): Promise<string> {
    const answer = await this.#ask('/local/token', new URLSearchParams({ username }));
    if (!isToken(answer)) throw new TenantError(`${this.#url} is not the sign-in service of this version.`);
    return answer.access_token;
  }

  destroy(): void {
    // Keeps no connection.
  }

  async #users(): Promise<readonly Omit<DirectoryUser, 'isInvited'>[]> {
    const answer = await this.#ask('/local/users');
    if (!isUserList(answer)) throw new TenantError(`${this.#url} is not the sign-in service of this version.`);
    return answer.items;
  }

  async #put({ username, email, groups }: { username: string; email: string; groups: readonly string[] }) {
    const form = new URLSearchParams({ username, email, name: username });
    for (const group of groups) form.append('group', group);
    await this.#ask('/local/users', form);
  }

  async #ask(path: string, form?: URLSearchParams): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, form && { method: 'POST', body: form }).catch(() => undefined);
    if (answer === undefined) {
      throw new TenantError(`Nothing answers at ${this.#url}: is the npm start that wrote this file running?`);
    }
    const body: unknown = await answer.json();
    if (answer.ok) return body;
    throw new TenantError(isError(body) ? body.error_description : `${this.#url}${path} answered ${answer.status}.`);
  }
}
