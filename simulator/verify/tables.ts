import { type DynamoDBClient, paginateScan, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { queryPages } from '@swipegate/aws/pages';
import { Change, compile, Decision, decisionOfRow, INDEXES, Place, type Swipe, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import type { KnownPlace } from './oracle.js';

const isPlace = compile(Place);
const isChange = compile(Change);
const isOutbox = compile(Type.Array(Decision));

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

  /** Reads decisions by swipeId. Omits swipes without one. @param cardIdsOf under which a swipe may have been decided */
  async decisions(
    swipes: readonly Swipe[],
    cardIdsOf: (swipe: Swipe) => readonly string[] = ({ cardId }) => [cardId],
  ): Promise<Map<string, Decision>> {
    const tableName = this.#names.decisions;
    const keys = swipes.flatMap((swipe) => {
      const swipeKey = tenantKey(this.#tenantId, swipe.swipeId);
      return cardIdsOf(swipe).map((cardId) => ({ tableName, key: { swipeKey, cardId } }));
    });
    const found = new Map<string, Decision>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const decision = decisionOfRow(row);
      if (decision !== undefined) found.set(decision.swipeId, decision);
    }
    return found;
  }

  /** Reads all decisions at readers since a time. An index is read, so the latest may be missing. */
  async decisionsAt(readerIds: readonly string[], since: Date): Promise<Decision[]> {
    const from = since.toISOString();
    const index = { tableName: this.#names.decisions, indexName: INDEXES.decisions.byReader, descending: true };
    const atReader = async (readerId: string): Promise<Decision[]> => {
      const found: Decision[] = [];
      const key = ['readerKey', tenantKey(this.#tenantId, readerId)] as const;
      for await (const rows of queryPages(this.#dynamodb, { ...index, key })) {
        const decisions = rows.flatMap((row) => decisionOfRow(row) ?? []);
        found.push(...decisions.filter(({ decidedAt }) => decidedAt >= from));
        if (decisions.some(({ decidedAt }) => decidedAt < from)) break;
      }
      return found;
    };
    return (await Promise.all(readerIds.map(atReader))).flat();
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
      const entry = entryTo(inside, row['outbox']);
      const place: KnownPlace = { ...inside, ...(entry && { entry }) };
      if (typeof forgivenAt === 'string') place.forgivenAt = forgivenAt;
      found.set(String(row['cardKey']).slice(prefix.length), place);
    }
    return found;
  }
}

/** Returns the decision that led to a place, if it is the card's last: a swipe right at the start may repeat it. */
function entryTo({ swipeId }: Place, outbox: unknown): Decision | undefined {
  const decisions = jsonAttribute(outbox);
  if (!isOutbox(decisions)) return undefined;
  const [last] = decisions.toSorted((a, b) => (a.sequence < b.sequence ? 1 : -1));
  return last !== undefined && (last.repeatOf ?? last.swipeId) === swipeId ? last : undefined;
}
