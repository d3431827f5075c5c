import { COMMAND_REDIRECT_URI } from '@swipegate/contract/back-office/command-sign-in';
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
import type { Settings } from '../constructs/settings.js';
import { protection } from '../constructs/storage.js';

const PASSWORD_LENGTH = 12;
const INVITATION_DAYS = 3;
const TOKEN_MINUTES = 60;
/** A working day: the next morning people sign in again. */
const SIGNED_IN_HOURS = 12;
/** Time that the previous refresh token still works, for tabs that refresh at the same time. */
const ROTATION_GRACE_SECONDS = 10;

export interface SignIn {
  /** `iss` of the tokens. */
  issuer: string;
  clientId: string;
  /** URL of the hosted UI, https://… without a trailing slash. */
  hostedUi: string;
  pool: UserPool;
}

/**
 * Sign-in for the console and for commands: a user pool with its hosted UI, and one public client with the authorization
 * code grant only. A user pool accepts PKCE but cannot require it; both always use it (RFC 9700, section 2.1.1).
 * An operator creates users and their groups, named `TENANT:ROLE` (docs/runbook.md).
 * @param consoleUrl with a trailing slash: redirect target of sign-in and sign-out, compared exactly
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
    ...protection(settings),
  });
  Validations.of(pool).acknowledge({
    id: 'AwsSolutions::AwsSolutions-COG2',
    reason:
      'MFA by authenticator app is optional: not every receptionist has a phone. Threat protection blocks suspicious sign-ins.',
  });
  const client = pool.addClient('Console', {
    userPoolClientName: `${scope.stackName}-console`,
    generateSecret: false,
    // Without this list the client gets Cognito’s default flows, which are more.
    authFlows: { userSrp: true },
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.PROFILE, OAuthScope.EMAIL],
      callbackUrls: [consoleUrl, COMMAND_REDIRECT_URI],
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
    // The prefix must be unique across all accounts of the region.
    cognitoDomain: { domainPrefix: `swipegate-${settings.SWIPEGATE_STAGE}-${Aws.ACCOUNT_ID}` },
  });
  return {
    issuer: `https://cognito-idp.${scope.region}.${scope.urlSuffix}/${pool.userPoolId}`,
    clientId: client.userPoolClientId,
    hostedUi: domain.baseUrl(),
    pool,
  };
}
