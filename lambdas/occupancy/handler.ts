import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { batchWrite } from '@swipegate/aws/batch-write';
import { inLanes } from '@swipegate/aws/in-lanes';
import type { ScheduledEvent } from 'aws-lambda';
import { pino } from 'pino';
import { readEnvironment } from './environment.js';
import { buildingKeys, placeKeysIn } from './presence-index.js';
import { minuteToCount, type SampleRow, sampleRow } from './sample.js';

/** Number of buildings counted at once. */
const LANES = 8;

const environment = readEnvironment(process.env);
const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
const logger = pino({ level: environment.LOG_LEVEL, base: { function: 'occupancy' } });

/**
 * Records the headcount of each building. A schedule calls it every minute; a second call for the same minute writes
 * the same rows.
 * @param event `time` is when the call was due
 * @throws what the SDK throws; the schedule then retries
 */
export async function handler(event: Pick<ScheduledEvent, 'time'>): Promise<{ buildings: number }> {
  const minuteMs = minuteToCount(Date.parse(event.time), Date.now());
  if (minuteMs === undefined) {
    logger.warn({ scheduled: event.time }, 'called too late: minute skipped');
    return { buildings: 0 };
  }
  const rows: SampleRow[] = [];
  const keepDays = environment.OCCUPANCY_KEEP_DAYS;
  await inLanes(await buildingKeys(dynamodb, environment.TABLE_SITE), LANES, async (buildingKey) => {
    const placeKeys = await placeKeysIn(dynamodb, environment.TABLE_PRESENCE, buildingKey);
    rows.push(sampleRow(buildingKey, placeKeys, { minuteMs, keepDays }));
  });
  await batchWrite(dynamodb, environment.TABLE_OCCUPANCY, rows);
  logger.debug({ buildings: rows.length }, 'counted');
  return { buildings: rows.length };
}
