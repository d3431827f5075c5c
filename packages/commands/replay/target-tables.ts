import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  ResourceNotFoundException,
  ScanCommand,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { nameInStage, TABLES } from '@swipegate/contract';

/** Names of a decisions and a presence table. */
export interface TablePair {
  decisions: string;
  presence: string;
}

export interface LiveTables extends TablePair {
  /** Stage whose other tables are in use as well; undefined in the local cloud. */
  stage?: string | undefined;
}

export class TargetTableError extends Error {
  override readonly name = 'TargetTableError';
  readonly code: 'TARGET_IS_LIVE' | 'TARGET_NOT_EMPTY' | 'TARGET_MISSING';

  constructor(code: TargetTableError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const WAIT = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 1 };

/**
 * Refuses to rebuild into a table that is in use.
 * @throws {TargetTableError} for a target that is a live table, does not exist, or is not empty
 */
export async function checkTargets(dynamodb: DynamoDBClient, target: TablePair, live: LiveTables): Promise<void> {
  checkNames(target, live);
  for (const name of Object.values(target)) {
    if (!(await isEmpty(dynamodb, name))) {
      throw new TargetTableError(
        'TARGET_NOT_EMPTY',
        `The table ${name} is not empty: delete it, or choose another one (TABLE_REBUILT_DECISIONS, TABLE_REBUILT_PRESENCE).`,
      );
    }
  }
}

/**
 * Creates the missing targets, with the keys and indexes of the live tables, billed on demand.
 * @throws {TargetTableError} for a target that is a live table; also what the SDK throws
 */
export async function createTargets(dynamodb: DynamoDBClient, target: TablePair, live: LiveTables): Promise<void> {
  checkNames(target, live);
  for (const kind of ['decisions', 'presence'] as const) {
    if ((await describe(dynamodb, target[kind])) !== undefined) continue;
    const model = await describe(dynamodb, live[kind]);
    if (model === undefined) throw missing(live[kind]);
    await dynamodb.send(likeTable(model, target[kind]));
    await waitUntilTableExists({ client: dynamodb, ...WAIT }, { TableName: target[kind] });
  }
}

function checkNames(target: TablePair, live: LiveTables): void {
  const { decisions, presence, stage } = live;
  const others = Object.values(TABLES).map((name) => nameInStage(name, stage));
  const inUse = new Set<string>([...others, decisions, presence]);
  for (const name of Object.values(target)) {
    if (inUse.has(name)) {
      throw new TargetTableError(
        'TARGET_IS_LIVE',
        `The table ${name} is in use: choose another name for the rebuilt table.`,
      );
    }
    inUse.add(name);
  }
}

async function isEmpty(dynamodb: DynamoDBClient, TableName: string): Promise<boolean> {
  try {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName, Limit: 1, ConsistentRead: true }));
    return Items.length === 0;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) throw missing(TableName);
    throw error;
  }
}

function missing(name: string): TargetTableError {
  return new TargetTableError('TARGET_MISSING', `The table ${name} does not exist: create it, or write --create.`);
}

async function describe(dynamodb: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function likeTable({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] }: TableDescription, name: string) {
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema,
    AttributeDefinitions,
    ...(GlobalSecondaryIndexes.length === 0 ? {} : { GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(likeIndex) }),
  });
}

function likeIndex({ IndexName, KeySchema, Projection }: GlobalSecondaryIndexDescription) {
  return { IndexName, KeySchema, Projection };
}
