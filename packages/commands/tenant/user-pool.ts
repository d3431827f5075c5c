import { randomInt } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  type CognitoIdentityProviderClient,
  CreateGroupCommand,
  GroupExistsException,
  paginateListUsersInGroup,
  ResourceNotFoundException,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { messageOf } from '@swipegate/terminal/message-of';
import { type DirectoryUser, type Invited, TenantError, type UserDirectory } from './user-directory.js';

export interface UserPoolOptions {
  poolId: string;
  /** Whether Cognito mails the invitation. Otherwise a temporary password is returned. */
  sendsMail: boolean;
}

/** A Cognito user pool. */
export class UserPool implements UserDirectory {
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #poolId: string;
  readonly #sendsMail: boolean;

  constructor(cognito: CognitoIdentityProviderClient, { poolId, sendsMail }: UserPoolOptions) {
    this.#cognito = cognito;
    this.#poolId = poolId;
    this.#sendsMail = sendsMail;
  }

  async find(username: string): Promise<DirectoryUser | undefined> {
    const key = { UserPoolId: this.#poolId, Username: username };
    const found = await this.#cognito.send(new AdminGetUserCommand(key)).catch((error: unknown) => {
      if (error instanceof UserNotFoundException) return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    // A user is in at most 100 groups; a page has 60 (https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html).
    const groups: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#cognito.send(
        new AdminListGroupsForUserCommand({ ...key, ...(NextToken === undefined ? {} : { NextToken }) }),
      );
      groups.push(...(page.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const email = found.UserAttributes?.find(({ Name }) => Name === 'email')?.Value ?? '';
    const isInvited = found.UserStatus === 'FORCE_CHANGE_PASSWORD';
    return { username: found.Username ?? username, email, groups, isInvited };
  }

  async members(group: string): Promise<string[]> {
    const names: string[] = [];
    try {
      const pages = paginateListUsersInGroup({ client: this.#cognito }, { UserPoolId: this.#poolId, GroupName: group });
      for await (const { Users = [] } of pages) names.push(...Users.flatMap(({ Username }) => Username ?? []));
    } catch (error) {
      // Cognito says the same for a group and for a pool; `find` has already shown that the pool exists.
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
    return names;
  }

  async createGroup(group: string): Promise<boolean> {
    try {
      await this.#cognito.send(new CreateGroupCommand({ UserPoolId: this.#poolId, GroupName: group }));
      return true;
    } catch (error) {
      if (error instanceof GroupExistsException) return false;
      throw error;
    }
  }

  async create({ username, email }: { username: string; email: string }): Promise<Invited> {
    const temporaryPassword = this.#sendsMail ? undefined : newPassword();
    const invited = temporaryPassword === undefined ? {} : { temporaryPassword };
    try {
      await this.#cognito.send(
        new AdminCreateUserCommand({
          UserPoolId: this.#poolId,
          Username: username,
          UserAttributes: [
            { Name: 'email', Value: email },
            { Name: 'email_verified', Value: 'true' },
          ],
          ...(temporaryPassword === undefined
            ? { DesiredDeliveryMediums: ['EMAIL'] }
            : { TemporaryPassword: temporaryPassword, MessageAction: 'SUPPRESS' }),
        }),
      );
      return invited;
    } catch (error) {
      // The answer to an earlier attempt may be lost: the user is then there although the call failed.
      const made = await this.find(username).catch(() => undefined);
      if (made?.isInvited === true && made.email.toLowerCase() === email.toLowerCase()) {
        const isDelivered = !(error instanceof Error && error.name === 'CodeDeliveryFailureException');
        return isDelivered ? invited : { ...invited, note: `The mail could not be delivered: ${messageOf(error)}` };
      }
      if (error instanceof Error && error.name === 'UsernameExistsException') {
        const advice = 'name that user with --admin-user, or use another mail address';
        throw new TenantError(`Another user of the pool has the mail address ${email}: ${advice}.`, { cause: error });
      }
      throw error;
    }
  }

  async join(username: string, group: string): Promise<void> {
    const key = { UserPoolId: this.#poolId, Username: username };
    await this.#cognito.send(new AdminAddUserToGroupCommand({ ...key, GroupName: group }));
  }

  destroy(): void {
    this.#cognito.destroy();
  }
}

/** Kinds of characters that the pool demands. Without those that look alike: a person types it once. */
const KINDS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.:+=!?'];
const PASSWORD_LENGTH = 20;

function newPassword(): string {
  const pick = (from: string) => from[randomInt(from.length)] ?? '';
  const characters = KINDS.map(pick);
  while (characters.length < PASSWORD_LENGTH) characters.push(pick(KINDS.join('')));
  // The first four have a known kind each: shuffle (Fisher and Yates).
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? '', characters[i] ?? ''];
  }
  return characters.join('');
}
