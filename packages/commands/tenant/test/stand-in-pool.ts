import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Test } from 'tap';

export const POOL_ID = 'eu-central-1_AbC123';

interface PoolUser {
  email: string;
  status: 'FORCE_CHANGE_PASSWORD' | 'CONFIRMED';
  groups: Set<string>;
  password: string | undefined;
  isMailed: boolean;
}

export interface StandInPool {
  client: CognitoIdentityProviderClient;
  endpoint: string;
  groups: Set<string>;
  users: Map<string, PoolUser>;
  /** Users created since the start. */
  created: number;
  /** Error to answer after the next AdminCreateUser has had its effect. */
  failAfterCreate: string | undefined;
}

class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Body = Record<string, unknown>;

/**
 * The calls of a Cognito user pool with the alias `email` that the command makes, with the error names and messages of
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/.
 */
export async function startPool(t: Pick<Test, 'teardown'>): Promise<StandInPool> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body: Body = JSON.parse(await text(request));
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(answer(operation, body)));
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: error.code, message: error.message }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const endpoint = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  const client = new CognitoIdentityProviderClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint,
    requestHandler: new NodeHttpHandler({}),
  });
  t.teardown(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const pool: StandInPool = {
    client,
    endpoint,
    groups: new Set(),
    users: new Map(),
    created: 0,
    failAfterCreate: undefined,
  };
  return pool;

  function answer(operation: string, body: Body): object {
    if (body['UserPoolId'] !== POOL_ID) {
      throw new PoolError('ResourceNotFoundException', `User pool ${String(body['UserPoolId'])} does not exist.`);
    }
    const name = String(body['Username']);
    const group = String(body['GroupName']);
    switch (operation) {
      case 'CreateGroup':
        if (pool.groups.has(group))
          throw new PoolError('GroupExistsException', 'A group with the name already exists.');
        pool.groups.add(group);
        return { Group: { GroupName: group } };
      case 'ListUsersInGroup':
        existing(group);
        return {
          Users: Array.from(pool.users).flatMap(([Username, { groups }]) => (groups.has(group) ? { Username } : [])),
        };
      case 'AdminGetUser': {
        const { email, status } = userOf(name);
        return { Username: name, UserStatus: status, UserAttributes: [{ Name: 'email', Value: email }] };
      }
      case 'AdminListGroupsForUser':
        return { Groups: Array.from(userOf(name).groups, (GroupName) => ({ GroupName })) };
      case 'AdminAddUserToGroup':
        existing(group);
        userOf(name).groups.add(group);
        return {};
      case 'AdminCreateUser':
        return create(name, body);
      default:
        throw new PoolError('UnknownOperationException', operation);
    }
  }

  function existing(group: string): void {
    if (!pool.groups.has(group)) throw new PoolError('ResourceNotFoundException', 'Group not found.');
  }

  function userOf(name: string): PoolUser {
    const user = pool.users.get(name);
    if (user === undefined) throw new PoolError('UserNotFoundException', 'User does not exist.');
    return user;
  }

  function create(name: string, body: Body): object {
    const attributes = Array.isArray(body['UserAttributes']) ? body['UserAttributes'] : [];
    const email = String(attributes.find((each: { Name: string }) => each.Name === 'email')?.Value);
    if (name.includes('@')) {
      const message = 'Username cannot be of email format, since user pool is configured for email alias.';
      throw new PoolError('InvalidParameterException', message);
    }
    if (pool.users.has(name)) throw new PoolError('UsernameExistsException', 'User account already exists');
    if (Array.from(pool.users.values()).some((user) => user.email === email)) {
      throw new PoolError('UsernameExistsException', 'An account with the email already exists.');
    }
    const password = body['TemporaryPassword'];
    if (password !== undefined && !/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{12,}$/.test(String(password))) {
      throw new PoolError('InvalidPasswordException', 'Password does not conform to policy');
    }
    pool.users.set(name, {
      email,
      status: 'FORCE_CHANGE_PASSWORD',
      groups: new Set(),
      password: password === undefined ? undefined : String(password),
      isMailed: body['MessageAction'] !== 'SUPPRESS',
    });
    pool.created += 1;
    const failure = pool.failAfterCreate;
    pool.failAfterCreate = undefined;
    if (failure !== undefined) throw new PoolError(failure, 'It failed');
    return { User: { Username: name } };
  }
}
