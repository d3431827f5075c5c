import { nameInStage, type TableName } from '@swipegate/contract';
import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  Capacity,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableClass,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { type IndexResource, type TableResource, tables } from '../../resources.js';
import type { Settings } from '../constructs/settings.js';
import { protection } from '../constructs/storage.js';
import { BUSY_TABLES, HELD_PERCENT, heldUnits, INDEX_READ_UNITS, INFREQUENT_ACCESS_DAYS } from './table-capacity.js';

interface TableCost {
  /** Default: on demand. */
  capacity?: HeldCapacity | undefined;
  tableClass?: TableClass;
  /** Point-in-time recovery; default true. */
  recovery?: boolean;
}

interface HeldCapacity {
  readCapacity: Capacity;
  /** Capacity of the table, and the same again of each index. */
  writeCapacity: Capacity;
  indexReads: Capacity;
}

export type Tables = Readonly<Record<TableName, TableV2>>;

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Tables as infra/resources.ts defines them: same keys and indexes as in the local cloud, names with the stage. */
export class DataStack extends Stack {
  readonly tables: Tables;

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    const isRare = settings.SWIPEGATE_DECISION_DAYS >= INFREQUENT_ACCESS_DAYS;
    const table = (name: TableName, cost: TableCost = {}) => this.#table(name, tables[name], settings, cost);
    this.tables = {
      apiKeys: table('apiKeys'),
      site: table('site'),
      cards: table('cards'),
      employees: table('employees'),
      presence: table('presence', { capacity: heldCapacity('presence', settings) }),
      decisions: table('decisions', {
        capacity: heldCapacity('decisions', settings),
        tableClass: isRare ? TableClass.STANDARD_INFREQUENT_ACCESS : TableClass.STANDARD,
        recovery: settings.SWIPEGATE_DECISION_RECOVERY === 'yes',
      }),
      doorEvents: table('doorEvents'),
      zoneState: table('zoneState'),
      readerContacts: table('readerContacts'),
      occupancy: table('occupancy'),
      unreadable: table('unreadable'),
      changes: table('changes'),
      changeCursors: table('changeCursors'),
      deviceCommands: table('deviceCommands'),
      rollCalls: table('rollCalls'),
    };
  }

  #table(
    id: string,
    resource: TableResource,
    settings: Settings,
    { capacity, tableClass, recovery = true }: TableCost,
  ): TableV2 {
    return new TableV2(this, id, {
      tableName: nameInStage(resource.name, settings.SWIPEGATE_STAGE),
      partitionKey: text(resource.partitionKey),
      ...(resource.sortKey === undefined ? {} : { sortKey: text(resource.sortKey) }),
      ...(resource.timeToLive === undefined ? {} : { timeToLiveAttribute: resource.timeToLive }),
      globalSecondaryIndexes: (resource.indexes ?? []).map((resource) => ({
        ...index(resource),
        ...(capacity === undefined ? {} : { readCapacity: capacity.indexReads }),
      })),
      billing: capacity === undefined ? Billing.onDemand() : Billing.provisioned(capacity),
      ...(tableClass === undefined ? {} : { tableClass }),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: recovery },
      ...protection(settings),
    });
  }
}

/** Provisioned capacity for SWIPEGATE_HELD_SWIPES, which auto scaling raises at a peak within minutes. */
function heldCapacity(
  table: keyof typeof BUSY_TABLES,
  { SWIPEGATE_HELD_SWIPES: swipes }: Settings,
): HeldCapacity | undefined {
  if (swipes === 0) return undefined;
  const { least, most } = heldUnits(swipes, BUSY_TABLES[table].indexes);
  const scaled = (least: number) =>
    Capacity.autoscaled({
      minCapacity: least,
      maxCapacity: Math.max(least, most),
      targetUtilizationPercent: HELD_PERCENT,
      // CloudFormation wants it for a table that was on demand before.
      seedCapacity: least,
    });
  return { readCapacity: scaled(least), writeCapacity: scaled(least), indexReads: scaled(INDEX_READ_UNITS) };
}

function index({ name, partitionKey, sortKey, include }: IndexResource): GlobalSecondaryIndexPropsV2 {
  const keys = { indexName: name, partitionKey: text(partitionKey), sortKey: text(sortKey) };
  if (include === undefined) return { ...keys, projectionType: ProjectionType.ALL };
  if (include.length === 0) return { ...keys, projectionType: ProjectionType.KEYS_ONLY };
  return { ...keys, projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...include] };
}
