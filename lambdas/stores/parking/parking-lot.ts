import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import type { Parkable, ParkedRecord } from './parked-record.js';

export interface ParkingOptions {
  tableName: string;
  /** Days before a parked record expires. */
  keepDays: number;
  /** ms since the epoch. */
  now(): number;
}

/**
 * Stores records that cannot be decided, with the reason, until `redrive` puts them back on their stream. Parking the
 * same record again replaces its row.
 *
 * DynamoDB limits a row to 400 KB. A record of more than 290 KB, which no gateway writes, is rejected, retried, and
 * ends at the event source's on-failure destination.
 *
 * @param shardKey stream name and shard id
 * @throws {UnprocessedError} and what the SDK throws, when any record was not stored
 */
export function parkingLot(dynamodb: DynamoDBClient, { tableName, keepDays, now }: ParkingOptions) {
  return async (shardKey: string, records: readonly Parkable[]): Promise<void> => {
    const nowMs = now();
    const rows = records.map(
      ({ sequence, partitionKey, data, reason }): ParkedRecord => ({
        shardKey,
        sequence,
        partitionKey,
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
        reason,
        parkedAt: new Date(nowMs).toISOString(),
        expiresAt: Math.floor(nowMs / 1000) + keepDays * 86_400,
      }),
    );
    await batchWrite(dynamodb, tableName, rows);
  };
}
