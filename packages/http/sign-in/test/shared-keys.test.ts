import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { sharedKeysFetch, sharedKeysWriter } from '../shared-keys.js';
import { createTokenVerifier } from '../token-verifier.js';
import { accessClaims, CLIENT_ID, NOW, newKeyPair, sign, startKeyServer } from './key-server.js';

/** Client of a table in memory. */
function memoryTable() {
  const rows = new Map<string, PutItemCommand['input']['Item']>();
  let writes = 0;
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  client.send = async (command: unknown) => {
    if (command instanceof PutItemCommand) {
      writes += 1;
      rows.set(command.input.Item?.['keyHash']?.S ?? '', command.input.Item);
      return {};
    }
    if (command instanceof GetItemCommand) return { Item: rows.get(command.input.Key?.['keyHash']?.S ?? '') };
    throw new Error('The table knows no such call');
  };
  return { client, writes: () => writes };
}

t.test('a program without a route to the issuer reads the keys that another has shared', async (t) => {
  const [ours, next, foreign] = await Promise.all(['key-1', 'key-2', 'key-1'].map((kid) => newKeyPair(kid)));
  if (ours === undefined || next === undefined || foreign === undefined) throw new Error('There are three');
  const server = await startKeyServer(t, [ours.jwk]);
  const { client, writes } = memoryTable();
  const options = { issuer: server.issuer, clientId: CLIENT_ID, now: () => NOW, keyCooldownMs: 0 };
  const admin = createTokenVerifier({
    ...options,
    jwksUri: server.jwksUri,
    onKeys: sharedKeysWriter(client, 'api-keys'),
  });
  const nowhere = 'http://127.0.0.1:1/jwks.json';
  const gateway = createTokenVerifier({
    ...options,
    jwksUri: nowhere,
    fetchKeys: sharedKeysFetch(client, 'api-keys'),
  });
  const token = await sign(accessClaims(server.issuer), ours);
  await t.rejects(gateway(token), { code: 'keys-unavailable' }, 'before anybody has signed in');
  await admin(token);
  await admin(token);
  t.equal(writes(), 1, 'the same keys are written once');
  t.match(await gateway(token), { userName: 'hanna', tenantId: 'demo' });
  await t.rejects(gateway(await sign(accessClaims(server.issuer), foreign)), { code: 'token-invalid' });

  const newer = await sign(accessClaims(server.issuer), next);
  await t.rejects(gateway(newer), { code: 'token-invalid' });
  server.state.keys = [ours.jwk, next.jwk];
  await admin(newer);
  t.equal(writes(), 2);
  await t.resolves(gateway(newer), 'keys that the issuer has added');
});
