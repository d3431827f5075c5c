import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Buildings } from '@swipegate/movements/buildings';
import { type DecisionHistory, decisionHistory } from '@swipegate/movements/decision-history';
import { type MusterList, musterList } from '@swipegate/movements/muster-list';
import { type OccupancyLog, occupancyLog } from '@swipegate/movements/occupancy-log';
import type { Config } from '../config/config.js';
import { type AlarmLog, alarmLog } from './alarm-log.js';
import { type ForgivePassbackWrite, passbackForgiveness } from './passback-forgiveness.js';
import { type SilentReaders, silentReaders } from './silent-readers.js';

/** Queries of the tables for operators, and their only write. */
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
