import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Buildings } from './buildings.js';
import { type DecisionHistory, decisionHistory } from './decision-history.js';
import { type EmployeeNames, employeeNames, type MusterList, musterList } from './muster-list.js';
import { type OccupancyLog, occupancyLog } from './occupancy-log.js';

export interface MovementQueries {
  decisions: DecisionHistory;
  muster: MusterList;
  occupancy: OccupancyLog;
  names: EmployeeNames;
}

type MovementTables = Record<
  `TABLE_${'CARDS' | 'DECISIONS' | 'EMPLOYEES' | 'OCCUPANCY' | 'PRESENCE' | 'SITE'}`,
  string
>;

export function movementQueries(dynamodb: DynamoDBClient, tables: MovementTables): MovementQueries {
  const buildings = new Buildings(dynamodb, tables);
  const names = employeeNames(dynamodb, tables.TABLE_EMPLOYEES);
  return {
    decisions: decisionHistory(dynamodb, tables.TABLE_DECISIONS),
    muster: musterList(dynamodb, buildings, names, tables.TABLE_CARDS),
    occupancy: occupancyLog(dynamodb, buildings, tables.TABLE_OCCUPANCY),
    names,
  };
}
