import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, rowOf } from '@swipegate/aws/attributes';

/** Cursors of the tenants: the key of the last event whose effects are all done. */
export class Cursors {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /** @returns the key; undefined before the first event */
  async read(tenantId: string): Promise<string | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#tableName, Key: itemOf({ tenantId }), ConsistentRead: true }),
    );
    const eventKey = Item && rowOf(Item)['eventKey'];
    return typeof eventKey === 'string' ? eventKey : undefined;
  }

  /** Moves the cursor forward, never back. */
  async advance(tenantId: string, eventKey: string): Promise<void> {
    try {
      await this.#dynamodb.send(
        new PutItemCommand({
          TableName: this.#tableName,
          Item: itemOf({ tenantId, eventKey }),
          ConditionExpression: 'attribute_not_exists(eventKey) OR eventKey < :eventKey',
          ExpressionAttributeValues: { ':eventKey': attributeOf(eventKey) },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
