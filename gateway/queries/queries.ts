import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type MovementQueries, movementQueries } from '@swipegate/movements/movement-queries';
import type { Config } from '../config/config.js';
import { type AlarmLog, alarmLog } from './alarm-log.js';
import { type MoveAlarm, moveAlarm } from './alarm-states.js';
import { type ForgivePassbackWrite, passbackForgiveness } from './passback-forgiveness.js';
import { type SilentReaders, silentReaders } from './silent-readers.js';

/** Queries of the tables for operators, and their writes. */
export interface Queries extends MovementQueries {
  alarms: AlarmLog;
  moveAlarm: MoveAlarm;
  silentReaders: SilentReaders;
  forgivePassback: ForgivePassbackWrite;
}

export function dynamodbQueries(dynamodb: DynamoDBClient, config: Config): Queries {
  return {
    ...movementQueries(dynamodb, config),
    alarms: alarmLog(dynamodb, config.TABLE_DOOR_EVENTS),
    moveAlarm: moveAlarm(dynamodb, config.TABLE_DOOR_EVENTS),
    silentReaders: silentReaders(dynamodb, config),
    forgivePassback: passbackForgiveness(dynamodb, config.TABLE_PRESENCE),
  };
}
