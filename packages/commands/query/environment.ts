import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { ARCHIVE_BUCKET } = RESOURCES;

/** Environment variables of a program that uses nothing but the archive. */
export const ArchiveSchema = Type.Object({ SWIPEGATE_STAGE, ARCHIVE_BUCKET });

export const readEnvironment = environmentReader('the archive', ArchiveSchema);
