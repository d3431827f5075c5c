export const LOCAL_REGION = 'eu-central-1';
export const LOCAL_ACCOUNT = '000000000000';

/** Settings of SDK clients. The emulators do not check signatures, so any credentials work. */
export const LOCAL_CLIENT = {
  region: LOCAL_REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

export function arnOf(service: 'sqs' | 'sns', name: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
}
