import { messageOf } from '@swipegate/terminal/message-of';

/** AWS, or an emulator of it, refused a call or cannot be reached. */
export class AwsFailure extends Error {
  override readonly name = 'AwsFailure';
  readonly code = 'AWS_FAILED';
}

/** Runs work that calls AWS, and turns the SDK's errors into ones for the user. @throws {AwsFailure} and other errors as they are */
export async function callingAws<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw awsFailureOf(error) ?? error;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  AccessDeniedException: 'Use credentials that may do this.',
  CredentialsProviderError: 'Sign in to AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ExpiredTokenException: 'Sign in to AWS again.',
  NotAuthorizedException: 'Use credentials that may do this.',
  ResourceNotFoundException: 'Check SWIPEGATE_STAGE, AWS_REGION and USER_POOL_ID: they must name a deployed stage.',
  UnrecognizedClientException: 'Check the credentials and AWS_REGION.',
};

/** Returns the SDK's error as one for the user; undefined for other errors. */
export function awsFailureOf(error: unknown): AwsFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = messageOf(error);
  if (message === 'Region is missing') {
    return new AwsFailure('The region is missing: set AWS_REGION, or --local .swipegate/keys.json for npm start.');
  }
  const code: unknown = Reflect.get(error, 'code');
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT') {
    const advice = 'Is the npm start that wrote this file, or the network, still there?';
    return new AwsFailure(`${message || code}: nothing answers. ${advice}`, { cause: error });
  }
  if (!('$metadata' in error) && error.name !== 'CredentialsProviderError') return undefined;
  const sentence = `${error.name}: ${message.replace(/\.?$/, '.')}`;
  return new AwsFailure([sentence, ADVICE[error.name] ?? ''].join(' ').trim(), { cause: error });
}
