import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { compile, type Decision, decisionOfRow, Place, type Swipe, tenantKey } from '../../gateway/contract/index.js';
import { batchGet } from '../../lambdas/dynamodb/batch-get.js';
import type { KnownPlace } from './oracle.js';

const isPlace = compile(Place);

/** The two tables that the simulator holds its readers' experience against. */
export class Tables {
  readonly #dynamodb: DynamoDBClient;
  readonly #names: { decisions: string; presence: string };
  readonly #tenantId: string;

  constructor(dynamodb: DynamoDBClient, tenantId: string, names: { decisions: string; presence: string }) {
    this.#dynamodb = dynamodb;
    this.#tenantId = tenantId;
    this.#names = names;
  }

  /** Decisions by swipeId; swipes without one are left out. */
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

  /** Where the holders of cards are, by cardId; who is outdoors is left out. */
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
