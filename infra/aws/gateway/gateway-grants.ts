import { INDEXES } from '@swipegate/contract';
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { streams } from '../../resources.js';
import { allowKey, allowTable } from '../constructs/grants.js';
import type { Tables } from '../data/data-stack.js';
import type { StreamsStack } from '../data/streams-stack.js';

/** Name prefix of the gateways' fan-out consumers; the host name follows. */
export const CONSUMER_PREFIX = 'swipegate-';

/** ARN pattern of all gateways' consumers. */
function consumersOf(stack: Stack): string {
  return stack.formatArn({
    service: 'kinesis',
    resource: 'stream',
    resourceName: `${streams.decisions.name}/consumer/${CONSUMER_PREFIX}*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

/** Grants for the gateway: put swipes, follow decisions, look up keys, answer operators. It decides nothing. */
export function allowGateway(
  stack: Stack,
  gateway: IGrantable,
  { swipes, decisions, key }: StreamsStack,
  tables: Tables,
): void {
  const allow = (actions: string[], resources: string[]): void => {
    gateway.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  };
  allow(['kinesis:PutRecords', 'kinesis:ListShards', 'kinesis:DescribeStreamSummary'], [swipes.streamArn]);
  allow(
    ['kinesis:ListShards', 'kinesis:DescribeStreamSummary', 'kinesis:RegisterStreamConsumer'],
    [decisions.streamArn],
  );
  allow(
    [
      'kinesis:SubscribeToShard',
      'kinesis:DescribeStreamConsumer',
      'kinesis:DeregisterStreamConsumer',
      'kinesis:RegisterStreamConsumer',
    ],
    // The ARN is built from the name: consumers' ARNs are below the stream's, which is in another stack.
    [consumersOf(stack)],
  );
  allowKey(gateway, key, ['GenerateDataKey', 'Decrypt']);
  allowTable(gateway, tables.apiKeys, ['GetItem']);
  allowTable(gateway, tables.site, ['GetItem', 'Query']);
  allowTable(gateway, tables.employees, ['BatchGetItem']);
  allowTable(gateway, tables.decisions, ['Query', 'BatchGetItem'], Object.values(INDEXES.decisions));
  allowTable(gateway, tables.presence, ['GetItem', 'UpdateItem']);
  allowTable(gateway, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
  allowTable(gateway, tables.doorEvents, ['Query'], [INDEXES.doorEvents.byDay]);
  for (const table of [tables.readerContacts, tables.occupancy]) allowTable(gateway, table, ['Query']);
}
