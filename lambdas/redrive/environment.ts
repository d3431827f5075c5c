import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_UNREADABLE } = RESOURCES;

/** Environment variables of the function and its command. Region, endpoints and credentials come from the SDK. */
export const RedriveSchema = Type.Object({ SWIPEGATE_STAGE, TABLE_UNREADABLE });

export const readEnvironment = environmentReader('redrive', RedriveSchema);
