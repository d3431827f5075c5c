/**
 * Environment of the commands that deploy onto an emulator. A profile or a session of the user's must not reach it: the
 * SDK prefers AWS_PROFILE to keys in variables.
 * @param endpoint URL of the emulator
 */
export function emulatorEnvironment(
  given: Readonly<NodeJS.ProcessEnv>,
  endpoint: string,
): NodeJS.ProcessEnv & { AWS_REGION: string; SWIPEGATE_STAGE: string } {
  const { AWS_PROFILE: _profile, AWS_DEFAULT_PROFILE: _other, AWS_SESSION_TOKEN: _session, ...env } = given;
  return {
    ...env,
    AWS_REGION: given['AWS_REGION'] || 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: endpoint,
    // Also without a service's own variable the CDK addresses buckets by path only at an S3 endpoint.
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_KINESIS: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    SWIPEGATE_STAGE: given['SWIPEGATE_STAGE'] || 'test',
  };
}
