import { nameInStage, type TableName } from '@swipegate/contract';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { type IndexResource, type TableResource, tables } from '../../resources.js';
import type { Settings } from '../constructs/settings.js';
import { protection } from '../constructs/storage.js';

export type Tables = Readonly<Record<TableName, TableV2>>;

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Tables as infra/resources.ts defines them: same keys and indexes as in the local cloud, names with the stage. */
export class DataStack extends Stack {
  readonly tables: Tables;

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    const table = (name: TableName) => this.#table(name, tables[name], settings);
    this.tables = {
      apiKeys: table('apiKeys'),
      site: table('site'),
      cards: table('cards'),
      employees: table('employees'),
      presence: table('presence'),
      decisions: table('decisions'),
      doorEvents: table('doorEvents'),
      zoneState: table('zoneState'),
      readerContacts: table('readerContacts'),
      occupancy: table('occupancy'),
      unreadable: table('unreadable'),
      changes: table('changes'),
      changeCursors: table('changeCursors'),
    };
  }

  #table(id: string, resource: TableResource, settings: Settings): TableV2 {
    return new TableV2(this, id, {
      tableName: nameInStage(resource.name, settings.SWIPEGATE_STAGE),
      partitionKey: text(resource.partitionKey),
      ...(resource.sortKey === undefined ? {} : { sortKey: text(resource.sortKey) }),
      ...(resource.timeToLive === undefined ? {} : { timeToLiveAttribute: resource.timeToLive }),
      globalSecondaryIndexes: (resource.indexes ?? []).map(index),
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...protection(settings),
    });
  }
}

function index({ name, partitionKey, sortKey, include }: IndexResource) {
  const keys = { indexName: name, partitionKey: text(partitionKey), sortKey: text(sortKey) };
  if (include === undefined) return { ...keys, projectionType: ProjectionType.ALL };
  if (include.length === 0) return { ...keys, projectionType: ProjectionType.KEYS_ONLY };
  return { ...keys, projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...include] };
}
