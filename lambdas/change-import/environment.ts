import { environmentReader, LOG_LEVEL, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_CARDS, TABLE_EMPLOYEES, TABLE_SITE, UPLOADS_BUCKET } = RESOURCES;

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeImportSchema = Type.Object({
  SWIPEGATE_STAGE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_SITE,
  UPLOADS_BUCKET,
  CHANGES_TOPIC_ARN: Type.String({ pattern: '^arn:', description: 'topic that changes are published to' }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('change-import', ChangeImportSchema);
