/** Region and account of the local cloud, for its ARNs. */
export const LOCAL_REGION = 'eu-central-1';
export const LOCAL_ACCOUNT = '000000000000';

export function arnOf(service: 'sqs' | 'sns', name: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
}
