/**
 * Reads a function's answer with ReportBatchItemFailures. An empty list is success. An unknown or missing id fails the whole
 * batch, as in Lambda, so that a bug in the function cannot lose messages
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting). Pure.
 *
 * @returns ids of the messages to deliver again
 */
export function failedMessages(messageIds: readonly string[], answer: unknown): ReadonlySet<string> {
  if (answer === undefined || answer === null) return new Set();
  const all = new Set(messageIds);
  const failures: unknown = typeof answer === 'object' ? Reflect.get(answer, 'batchItemFailures') : undefined;
  if (failures === undefined || failures === null) return typeof answer === 'object' ? new Set() : all;
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures) {
    const id: unknown =
      typeof failure === 'object' && failure !== null ? Reflect.get(failure, 'itemIdentifier') : undefined;
    if (typeof id !== 'string' || !all.has(id)) return all;
    failed.add(id);
  }
  return failed;
}
