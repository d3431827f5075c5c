import { INDEXES, nameInStage } from '@swipegate/contract';
import { ArnFormat, type Stack, Token, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { streams } from '../../resources.js';
import { allow, allowKey, allowTable } from '../constructs/grants.js';
import type { Settings } from '../constructs/settings.js';
import type { Tables } from '../data/data-stack.js';
import type { StreamsStack } from '../data/streams-stack.js';

/** Name prefix of the gateways' fan-out consumers; the host name follows. */
export const CONSUMER_PREFIX = 'swipegate-';

/** Grants for the gateway: put swipes, follow decisions, look up keys, answer operators. It decides nothing. */
export function allowGateway(
  stack: Stack,
  gateway: IGrantable,
  { swipes, decisions, key }: StreamsStack,
  tables: Tables,
  stage: string,
): void {
  // Built from the name: consumers' ARNs are below the stream's, which is in another stack.
  const consumers = stack.formatArn({
    service: 'kinesis',
    resource: 'stream',
    resourceName: `${nameInStage(streams.decisions.name, stage)}/consumer/${CONSUMER_PREFIX}*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const allowKinesis = (resource: string, calls: string[]): void => {
    const actions = calls.map((call) => `kinesis:${call}`);
    allow(gateway, actions, [resource]);
  };
  allowKinesis(swipes.streamArn, ['PutRecords', 'ListShards', 'DescribeStreamSummary']);
  allowKinesis(decisions.streamArn, [
    'ListShards',
    'DescribeStreamSummary',
    'RegisterStreamConsumer',
    'ListStreamConsumers',
  ]);
  allowKinesis(consumers, [
    'SubscribeToShard',
    'DescribeStreamConsumer',
    'DeregisterStreamConsumer',
    'RegisterStreamConsumer',
    // The lease of a consumer is a tag; any gateway removes the consumers of those that are gone.
    'TagResource',
    'ListTagsForResource',
  ]);
  allowKey(gateway, key, ['GenerateDataKey', 'Decrypt']);
  // GetItem: the public keys of the sign-in service.
  allowTable(gateway, tables.apiKeys, ['BatchGetItem', 'GetItem', 'Scan']);
  allowTable(gateway, tables.site, ['GetItem', 'Query']);
  for (const table of [tables.employees, tables.cards]) allowTable(gateway, table, ['BatchGetItem']);
  allowTable(gateway, tables.decisions, ['Query', 'BatchGetItem'], Object.values(INDEXES.decisions));
  allowTable(gateway, tables.presence, ['GetItem', 'BatchGetItem', 'UpdateItem']);
  allowTable(gateway, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
  allowTable(gateway, tables.doorEvents, ['Query'], [INDEXES.doorEvents.byDay]);
  // States of alarms are rows of their own beside the alarms.
  allowTable(gateway, tables.doorEvents, ['BatchGetItem', 'UpdateItem']);
  for (const table of [tables.readerContacts, tables.occupancy]) allowTable(gateway, table, ['Query']);
  allowTable(gateway, tables.deviceCommands, ['Query', 'UpdateItem'], [INDEXES.deviceCommands.waiting]);
}

/**
 * Lets a drained instance give up its disk: it may change attributes of instances and disks of its stage. EC2 checks both:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function allowKeepingNoDisk(stack: Stack, role: Role, { SWIPEGATE_STAGE: stage }: Settings): void {
  const kinds = ['instance', 'volume'];
  role.addToPolicy(
    new PolicyStatement({
      actions: ['ec2:ModifyInstanceAttribute'],
      resources: kinds.map((resource) => stack.formatArn({ service: 'ec2', resource, resourceName: '*' })),
      conditions: { StringEquals: { 'aws:ResourceTag/swipegate:stage': stage } },
    }),
  );
  const account = Token.isUnresolved(stack.account) ? '<AWS::AccountId>' : stack.account;
  for (const kind of kinds) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:${stack.region}:${account}:${kind}/*]`,
      reason: 'Instances and disks of this stage, by their tag: their ids are unknown before they start.',
    });
  }
}
