import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { attributeOf, rowOf } from '@swipegate/aws/attributes';
import { batchWrite } from '@swipegate/aws/batch-write';
import { inLanes } from '@swipegate/aws/in-lanes';
import { type SiteKind, tenantKey } from '@swipegate/contract';
import { rowsInside } from '@swipegate/movements/rows-inside';
import type { ScheduledEvent } from 'aws-lambda';
import { pino } from 'pino';
import { readEnvironment } from './environment.js';
import { minuteToCount, type SampleRow, sampleRow } from './sample.js';

/** Number of buildings counted at once. */
const LANES = 8;
/** End of the siteKey of building rows. The tenant before it contains no slash. */
const OF_BUILDINGS = tenantKey('', 'buildings' satisfies SiteKind);

const environment = readEnvironment(process.env);
const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
const logger = pino({ level: environment.LOG_LEVEL, base: { function: 'occupancy' } });

/**
 * Records the headcount of each building. A schedule calls it every minute, and again if it rejects; a second call for
 * the same minute writes the same rows. @param event `time` is when the call was due
 */
export async function handler(event: Pick<ScheduledEvent, 'time'>): Promise<{ buildings: number }> {
  const minuteMs = minuteToCount(Date.parse(event.time), Date.now());
  if (minuteMs === undefined) {
    logger.warn({ scheduled: event.time }, 'called too late: minute skipped');
    return { buildings: 0 };
  }
  const rows: SampleRow[] = [];
  const keepDays = environment.OCCUPANCY_KEEP_DAYS;
  await inLanes(await buildingKeys(), LANES, async (buildingKey) => {
    const inside = await rowsInside(dynamodb, environment.TABLE_PRESENCE, { buildingKey, nowMs: Date.now() });
    rows.push(
      sampleRow(
        buildingKey,
        inside.map(({ placeKey }) => placeKey),
        { minuteMs, keepDays },
      ),
    );
  });
  await batchWrite(dynamodb, environment.TABLE_OCCUPANCY, rows);
  logger.debug({ buildings: rows.length }, 'counted');
  return { buildings: rows.length };
}

/** Keys (tenant/building) of all tenants' buildings, from the site table, so that empty buildings are counted too. */
async function buildingKeys(): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateScan(
    { client: dynamodb },
    {
      TableName: environment.TABLE_SITE,
      ProjectionExpression: '#site, #id',
      FilterExpression: 'contains(#site, :buildings)',
      ExpressionAttributeNames: { '#site': 'siteKey', '#id': 'id' },
      ExpressionAttributeValues: { ':buildings': attributeOf(OF_BUILDINGS) },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { siteKey, id } of Items.map(rowOf)) {
      keys.push(tenantKey(String(siteKey).slice(0, -OF_BUILDINGS.length), String(id)));
    }
  }
  return keys;
}
