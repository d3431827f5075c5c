import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Config } from '../config.js';
import { type AlarmLog, alarmLog } from './alarm-log.js';
import { Buildings } from './buildings.js';
import { type DecisionHistory, decisionHistory } from './decision-history.js';
import { type MusterList, musterList } from './muster-list.js';
import { type OccupancyLog, occupancyLog } from './occupancy-log.js';
import { type ForgivePassbackWrite, passbackForgiveness } from './passback-forgiveness.js';
import { type SilentReaders, silentReaders } from './silent-readers.js';

/** What an operator may ask of the tables, and the one thing they may write. */
export interface Queries {
  muster: MusterList;
  decisions: DecisionHistory;
  occupancy: OccupancyLog;
  alarms: AlarmLog;
  silentReaders: SilentReaders;
  forgivePassback: ForgivePassbackWrite;
}

export function dynamodbQueries(dynamodb: DynamoDBClient, config: Config): Queries {
  const buildings = new Buildings(dynamodb, config.TABLE_SITE);
  return {
    muster: musterList(dynamodb, buildings, config),
    decisions: decisionHistory(dynamodb, config.TABLE_DECISIONS),
    occupancy: occupancyLog(dynamodb, buildings, config),
    alarms: alarmLog(dynamodb, config.TABLE_DOOR_EVENTS),
    silentReaders: silentReaders(dynamodb, config),
    forgivePassback: passbackForgiveness(dynamodb, config.TABLE_PRESENCE),
  };
}
