import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { UNREADABLE_ROWS } from '@swipegate/lambdas/decide/metrics';
import { Counter, type Registry } from 'prom-client';
import { tables } from '../../../resources.js';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';

/** Counts added rows, as CloudWatch does; the table only gives the current number. */
export function countParked(registry: Registry, dynamodb: DynamoDBClient): void {
  const count = new ScanCommand({ TableName: tables.unreadable.name, Select: 'COUNT' });
  let before = 0;
  new Counter({
    ...LOCAL_METRICS.parked,
    registers: [registry],
    async collect() {
      const { Count: now = 0 } = await dynamodb.send(count);
      this.inc(Math.max(0, now - before));
      before = now;
    },
  });
}

/** Counts the stored rows that decide, in this process, could not read. @returns ends the counting */
export function countUnreadable(registry: Registry): () => void {
  const counter = new Counter({ ...LOCAL_METRICS.unreadableRows, registers: [registry] });
  const count = (rows: unknown) => counter.inc(Number(rows));
  UNREADABLE_ROWS.subscribe(count);
  return () => void UNREADABLE_ROWS.unsubscribe(count);
}
