import { type DynamoDBClient, paginateScan, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { Change, compile, type Decision, decisionOfRow, Place, type Swipe, tenantKey } from '@swipegate/contract';
import type { KnownPlace } from './oracle.js';

const isPlace = compile(Place);
const isChange = compile(Change);

interface TableNames {
  decisions: string;
  presence: string;
  /** Undefined without a back office. */
  changes: string | undefined;
}

export class Tables {
  readonly #dynamodb: DynamoDBClient;
  readonly #names: TableNames;
  readonly #tenantId: string;

  constructor(dynamodb: DynamoDBClient, tenantId: string, names: TableNames) {
    this.#dynamodb = dynamodb;
    this.#tenantId = tenantId;
    this.#names = names;
  }

  /** Reads decisions by swipeId. Omits swipes without one. */
  async decisions(swipes: readonly Swipe[]): Promise<Map<string, Decision>> {
    const tableName = this.#names.decisions;
    const keys = swipes.map(({ swipeId, cardId }) => ({
      tableName,
      key: { swipeKey: tenantKey(this.#tenantId, swipeId), cardId },
    }));
    const found = new Map<string, Decision>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const decision = decisionOfRow(row);
      if (decision !== undefined) found.set(decision.swipeId, decision);
    }
    return found;
  }

  /** Reads the changes requested from the back office since a time; empty without a back office. */
  async changes(since: Date): Promise<Change[]> {
    const changes: Change[] = [];
    const { changes: TableName } = this.#names;
    if (TableName === undefined) return changes;
    try {
      for await (const { Items = [] } of paginateScan({ client: this.#dynamodb }, { TableName })) {
        for (const { change } of Items) {
          const value: unknown = JSON.parse(change?.S ?? 'null');
          const isOurs = isChange(value) && value.tenantId === this.#tenantId;
          if (isOurs && Date.parse(value.requestedAt) >= since.getTime()) changes.push(value);
        }
      }
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
    return changes;
  }

  /** Reads the places of cardholders by cardId. Omits those outdoors. */
  async presence(cardIds: readonly string[]): Promise<Map<string, KnownPlace>> {
    const tableName = this.#names.presence;
    const prefix = tenantKey(this.#tenantId, '');
    const keys = cardIds.map((cardId) => ({ tableName, key: { cardKey: tenantKey(this.#tenantId, cardId) } }));
    const found = new Map<string, KnownPlace>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const { inside, forgivenAt }: Record<string, unknown> = row;
      if (!isPlace(inside)) continue;
      const place = typeof forgivenAt === 'string' ? { ...inside, forgivenAt } : inside;
      found.set(String(row['cardKey']).slice(prefix.length), place);
    }
    return found;
  }
}
