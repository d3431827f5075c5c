import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { provisionTables } from '../local/cloud/provision.js';
import { createDynamodb } from '../local/emulators/create-dynamodb.js';
import { LOCAL_CLIENT } from '../local/emulators/protocol/local-account.js';
import { closeServer, listenOnLoopback } from '../local/processes/ports.js';

export interface LocalDatabase {
  dynamodb: DynamoDBClient;
  /** While true, each call of the client fails with a refused connection. */
  outage: { isOn: boolean };
}

/** Embedded DynamoDB in this process, with all tables. */
export async function startDatabase(t: { teardown(end: () => Promise<void>): unknown }): Promise<LocalDatabase> {
  const server = createDynamodb();
  const dynamodb = new DynamoDBClient({
    ...LOCAL_CLIENT,
    endpoint: await listenOnLoopback(server),
    requestHandler: new NodeHttpHandler({}),
  });
  const outage = { isOn: false };
  dynamodb.middlewareStack.add(
    (next) => (args) => {
      if (outage.isOn) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return next(args);
    },
    { step: 'initialize' },
  );
  t.teardown(async () => {
    dynamodb.destroy();
    await closeServer(server);
  });
  await provisionTables(dynamodb);
  return { dynamodb, outage };
}
