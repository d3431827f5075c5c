import { environmentReader, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import Type from 'typebox';

const { TABLE_SITE, TABLE_API_KEYS } = RESOURCES;

/** Environment variables of the command: where the tenant's rows and users are. */
export const TenantSchema = Type.Object({
  SWIPEGATE_STAGE,
  TABLE_SITE,
  TABLE_API_KEYS,
  USER_POOL_ID: Type.Optional(
    Type.String({
      pattern: '^[\\w-]+_[0-9a-zA-Z]+$',
      maxLength: 55,
      allowed: 'the id of a user pool, such as eu-central-1_AbC123',
      description: 'the output UserPoolId of the stack swipegate-STAGE-back-office. Not with `--local`',
    }),
  ),
  SIGN_IN_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of the local sign-in service; `--local` sets it. Not on AWS',
    }),
  ),
});
export type TenantEnvironment = Type.Static<typeof TenantSchema>;

export const readEnvironment = environmentReader('swipegate tenant create', TenantSchema);
