/** Error text of a command. Adds what to do to the SDK errors that newcomers meet first: no region, no connection. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  if (message === 'Region is missing') {
    return `${message}: write --local .swipegate/cloud.json for a running npm start, or set AWS_REGION for AWS.`;
  }
  const code: unknown = Reflect.get(error, 'code');
  return code === 'ECONNREFUSED' || message.includes('ECONNREFUSED')
    ? `${message || 'The connection was refused'}: is the npm start that wrote this cloud.json still running?`
    : message;
}
