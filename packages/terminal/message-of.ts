/**
 * What a command says of an error. What the SDK says of a cloud that it cannot find is the first thing that a newcomer reads,
 * and does not say what to do.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  if (message === 'Region is missing') {
    return `${message}: write --local .swipegate/cloud.json for a running npm start, or set AWS_REGION for AWS.`;
  }
  const code: unknown = Reflect.get(error, 'code');
  return code === 'ECONNREFUSED' || message.includes('ECONNREFUSED')
    ? `${message || 'The connection was refused'}: does npm start, whose cloud.json this is, run no longer?`
    : message;
}
