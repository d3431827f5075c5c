import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_DECISIONS, TABLE_PRESENCE, TABLE_CHANGES } = RESOURCES;

/** Environment variables of the simulator: the tables that it reads. Options override them. */
export const SimulatorSchema = Type.Object({ SWIPEGATE_STAGE, TABLE_DECISIONS, TABLE_PRESENCE, TABLE_CHANGES });

export const readEnvironment = environmentReader('the simulator', SimulatorSchema);
