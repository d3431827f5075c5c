import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { itemOf, type Row, rowOf } from '@swipegate/aws/attributes';
import { queryPages } from '@swipegate/aws/pages';
import { compile, OperatorKey, SITE_KINDS, type SiteKind, Tenant, tenantKey } from '@swipegate/contract';
import { type NewOperatorKey, operatorKeyRows, tenantRow } from '@swipegate/lambdas/stores/tenant-rows';
import Type from 'typebox';
import type { TenantEnvironment } from './environment.js';

/** What the tables hold of a tenant. */
export interface StoredTenant {
  settings: Tenant | undefined;
  operatorKeys: readonly ListedKey[];
  /** Number of rows of the site, by kind; kinds without rows are left out. */
  site: ReadonlyMap<SiteKind, number>;
}

const ListedKey = Type.Object({ ...OperatorKey.properties, keyHash: Type.String() });
export type ListedKey = Type.Static<typeof ListedKey>;
const isListedKey = compile(ListedKey);
const isTenant = compile(Tenant);

/** The rows of a tenant that exist before anybody can sign in. */
export class TenantTables {
  readonly #dynamodb: DynamoDBClient;
  readonly #names: Pick<TenantEnvironment, 'TABLE_SITE' | 'TABLE_API_KEYS'>;

  constructor(dynamodb: DynamoDBClient, names: Pick<TenantEnvironment, 'TABLE_SITE' | 'TABLE_API_KEYS'>) {
    this.#dynamodb = dynamodb;
    this.#names = names;
  }

  async read(tenantId: string): Promise<StoredTenant> {
    const of = async (kind: SiteKind): Promise<Row[]> => {
      const rows: Row[] = [];
      const query = { tableName: this.#names.TABLE_SITE, key: ['siteKey', tenantKey(tenantId, kind)] as const };
      for await (const page of queryPages(this.#dynamodb, query)) rows.push(...page);
      // The row of a removed entry keeps its key.
      return rows.filter((row) => Object.keys(row).some((name) => !['siteKey', 'id', 'changedBy'].includes(name)));
    };
    const [settings] = (await of('tenant')).filter((row) => isTenant(row));
    const operatorKeys = (await of('operator-keys')).filter((row) => isListedKey(row));
    const site = new Map<SiteKind, number>();
    for (const kind of SITE_KINDS) {
      if (kind === 'tenant' || kind === 'operator-keys' || kind === 'reader-keys') continue;
      const { length } = await of(kind);
      if (length > 0) site.set(kind, length);
    }
    return { settings, operatorKeys, site };
  }

  /** @returns false if the tenant has settings already, which stay as they are */
  async createSettings(tenant: Tenant): Promise<boolean> {
    return this.#putIf(this.#names.TABLE_SITE, tenantRow(tenant), 'attribute_not_exists(tenantId)');
  }

  /**
   * Lists a key, then lets gateways accept it.
   * @param unfinished listed key to replace, that no gateway knows: an earlier run ended between the two writes
   * @returns false if another run has listed a key meanwhile
   */
  async createOperatorKey(key: NewOperatorKey, unfinished: ListedKey | undefined): Promise<boolean> {
    const { listed, accepted } = operatorKeyRows(key);
    const [condition, values] =
      unfinished === undefined
        ? ['attribute_not_exists(keyHash)', undefined]
        : ['keyHash = :old', { ':old': unfinished.keyHash }];
    if (!(await this.#putIf(this.#names.TABLE_SITE, listed, condition, values))) return false;
    await this.#dynamodb.send(new PutItemCommand({ TableName: this.#names.TABLE_API_KEYS, Item: itemOf(accepted) }));
    return true;
  }

  /** Whether gateways have ever known the key; a revoked one counts. */
  async isKnown({ keyHash }: ListedKey): Promise<boolean> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#names.TABLE_API_KEYS, Key: itemOf({ keyHash }), ConsistentRead: true }),
    );
    return Item !== undefined && 'keyHash' in rowOf(Item);
  }

  async #putIf(TableName: string, row: Row, ConditionExpression: string, values?: Row): Promise<boolean> {
    const command = new PutItemCommand({
      TableName,
      Item: itemOf(row),
      ConditionExpression,
      ...(values === undefined ? {} : { ExpressionAttributeValues: itemOf(values) }),
    });
    return this.#dynamodb.send(command).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      },
    );
  }
}
