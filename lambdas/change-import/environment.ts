import { environmentReader, LOG_LEVEL, nameVariable } from '@swipegate/aws/environment';
import { BUCKETS } from '@swipegate/contract';
import Type from 'typebox';

/** Environment variables of the function. Region, endpoints and credentials are the SDK's own. */
export const ChangeImportSchema = Type.Object({
  UPLOADS_BUCKET: nameVariable(BUCKETS.uploads, 'bucket that CSV files are uploaded to'),
  CHANGES_TOPIC_ARN: Type.String({ pattern: '^arn:', description: 'topic that changes are published to' }),
  LOG_LEVEL,
});

export const readEnvironment = environmentReader('change-import', ChangeImportSchema);
