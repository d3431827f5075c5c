import { Aws, Duration, type Stack, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  UserPool,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { keeping } from '../constructs/keeping.js';
import type { Settings } from '../constructs/settings.js';

const PASSWORD_LENGTH = 12;
const INVITATION_DAYS = 3;
const TOKEN_MINUTES = 60;
/** A working day: the next morning people sign in again. */
const SIGNED_IN_HOURS = 12;
/** A tab that asked at the same time as another still may use the token before. */
const ROTATION_GRACE_SECONDS = 10;

export interface SignIn {
  /** `iss` of the tokens. */
  issuer: string;
  clientId: string;
  /** Of the hosted UI: https://… without a slash at its end. */
  hostedUi: string;
  pool: UserPool;
}

/**
 * Who may sign in at the console: a user pool with its hosted UI, and one public client, which gets its tokens by a code alone.
 * Users and their groups, `TENANT:ROLE`, are made by an operator (docs/runbook.md).
 *
 * A user pool takes PKCE from whoever sends it and cannot demand it; the console always does (RFC 9700, section 2.1.1).
 *
 * @param consoleUrl with its slash at the end: where a sign-in and a sign-out lead back to, to the letter
 */
export function signIn(scope: Stack, settings: Settings, consoleUrl: string): SignIn {
  const pool = new UserPool(scope, 'Users', {
    userPoolName: scope.stackName,
    selfSignUpEnabled: false,
    signInAliases: { username: true, email: true },
    signInCaseSensitive: false,
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    passwordPolicy: {
      minLength: PASSWORD_LENGTH,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(INVITATION_DAYS),
    },
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    featurePlan: FeaturePlan.PLUS,
    standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
    ...keeping(settings),
  });
  Validations.of(pool).acknowledge({
    id: 'AwsSolutions::AwsSolutions-COG2',
    reason:
      'An app that makes codes is each user’s choice: not everybody at a reception has a phone. Sign-ins that look like a thief’s are held up by threat protection.',
  });
  const client = pool.addClient('Console', {
    userPoolClientName: 'console',
    generateSecret: false,
    // Without a list it would get Cognito’s own, which has more.
    authFlows: { userSrp: true },
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.PROFILE, OAuthScope.EMAIL],
      callbackUrls: [consoleUrl],
      logoutUrls: [consoleUrl],
    },
    accessTokenValidity: Duration.minutes(TOKEN_MINUTES),
    idTokenValidity: Duration.minutes(TOKEN_MINUTES),
    refreshTokenValidity: Duration.hours(SIGNED_IN_HOURS),
    refreshTokenRotationGracePeriod: Duration.seconds(ROTATION_GRACE_SECONDS),
    enableTokenRevocation: true,
    preventUserExistenceErrors: true,
  });
  const domain = pool.addDomain('HostedUi', {
    // Of all accounts of the region, one has a name.
    cognitoDomain: { domainPrefix: `swipegate-${settings.SWIPEGATE_STAGE}-${Aws.ACCOUNT_ID}` },
  });
  return {
    issuer: `https://cognito-idp.${scope.region}.${scope.urlSuffix}/${pool.userPoolId}`,
    clientId: client.userPoolClientId,
    hostedUi: domain.baseUrl(),
    pool,
  };
}
