import { readFile } from 'node:fs/promises';
import { compile, jsonIn, UserId } from '@swipegate/contract';
import { replaceJsonFile } from '@swipegate/terminal/json-file';
import Type from 'typebox';

/** User of the local issuer. There are no passwords: anyone with access to loopback can sign in as any user. */
export const LocalUser = Type.Object({
  sub: UserId,
  username: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' }),
  name: Type.String({ minLength: 1, maxLength: 128 }),
  email: Type.String({ maxLength: 254 }),
  groups: Type.Array(Type.String(), { description: '`TENANT:ROLE`, as the groups of the user pool on AWS' }),
});
export interface LocalUser extends Readonly<Omit<Type.Static<typeof LocalUser>, 'groups'>> {
  readonly groups: readonly string[];
}

const isUsers = compile(Type.Array(LocalUser));

class UsersFileError extends Error {
  override readonly name = 'UsersFileError';
  readonly code = 'USERS_FILE_UNUSABLE';
}

/** The users of the local issuer, kept in a file if there is one. */
export class Users {
  readonly #file: string | undefined;
  #all: readonly LocalUser[];

  private constructor(file: string | undefined, all: readonly LocalUser[]) {
    this.#file = file;
    this.#all = all;
  }

  /** Reads the users of a file. @param initial the users if there is no file. @throws {UsersFileError} if it is invalid */
  static async in(file: string | undefined, initial: readonly LocalUser[]): Promise<Users> {
    const content = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    if (content === undefined) return new Users(file, initial);
    const users: unknown = jsonIn(content);
    if (!isUsers(users)) throw new UsersFileError(`${file} is not a list of users: delete it, or correct it.`);
    return new Users(file, users);
  }

  get all(): readonly LocalUser[] {
    return this.#all;
  }

  named(username: string): LocalUser | undefined {
    return this.#all.find((user) => user.username === username);
  }

  /** Adds a user, or replaces the one of the same name. */
  async put(user: LocalUser): Promise<void> {
    const others = this.#all.filter(({ username }) => username !== user.username);
    this.#all = [...others, user];
    if (this.#file !== undefined) await replaceJsonFile(this.#file, this.#all);
  }
}
