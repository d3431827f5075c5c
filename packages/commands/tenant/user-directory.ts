/** A user of the back office. */
export interface DirectoryUser {
  username: string;
  email: string;
  groups: readonly string[];
  /** Whether the user has not signed in yet, and must choose a password to do so. */
  isInvited: boolean;
}

export interface Invited {
  /** Set if no mail was sent: the user signs in with it once. */
  temporaryPassword?: string;
  /** A remark for the operator, as a sentence. */
  note?: string;
}

/** Where the back office's users are: a user pool on AWS, or the local sign-in service. */
export interface UserDirectory {
  /** Returns undefined if there is no such user. */
  find(username: string): Promise<DirectoryUser | undefined>;
  /** Names of the members of a group; none if there is no such group. */
  members(group: string): Promise<string[]>;
  /** @returns whether it is new */
  createGroup(group: string): Promise<boolean>;
  /** Creates a user whom {@link find} has not found. @throws {TenantError} if another user has the mail address */
  create(user: { username: string; email: string; groups: readonly string[] }): Promise<Invited>;
  /** Adds the user to a group; does nothing if they are in it. */
  join(username: string, group: string): Promise<void>;
  destroy(): void;
}

/** The tenant cannot be created as asked. Nothing was changed, unless the message says so. */
export class TenantError extends Error {
  override readonly name = 'TenantError';
  readonly code = 'TENANT_REFUSED';
}
