import { type AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Decision, decisionRow, TABLES } from '@swipegate/contract';

type Row = Record<string, AttributeValue>;

/** An in-memory decisions table behind a real SDK client. All other tables are empty. */
export class DecisionsTable {
  readonly #rows = new Map<string, Row>();
  readonly client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

  constructor() {
    this.client.middlewareStack.add(
      (_next, context) => async (args) => ({
        response: {},
        output: { $metadata: {}, ...this.#answer(context.commandName, args.input) },
      }),
      { step: 'initialize', priority: 'high', name: 'memory' },
    );
  }

  put(decision: Decision): void {
    const row = decisionRow(decision, 4_000_000_000);
    this.#rows.set(`${row.swipeKey} ${row.cardId}`, marshall(row));
  }

  #answer(command: string | undefined, input: object): object {
    if (command !== BatchGetItemCommand.name) throw new Error(`${command} is not a call that a simulator makes`);
    return this.#batchGet(input);
  }

  #batchGet({ RequestItems = {} }: { RequestItems?: Record<string, { Keys?: Row[] }> }): object {
    const found: Row[] = [];
    for (const { swipeKey, cardId } of RequestItems[TABLES.decisions]?.Keys ?? []) {
      const row = this.#rows.get(`${swipeKey?.S} ${cardId?.S}`);
      if (row !== undefined) found.push(row);
    }
    return { Responses: { [TABLES.decisions]: found }, UnprocessedKeys: {} };
  }
}
