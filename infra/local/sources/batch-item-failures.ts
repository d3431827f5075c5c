/**
 * Reads a function's answer with ReportBatchItemFailures. An unknown or missing id fails the whole batch, as in Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 * @returns ids of the items to deliver again
 */
export function failedItems(ids: readonly string[], answer: unknown): ReadonlySet<string> {
  if (answer === undefined || answer === null) return new Set();
  const all = new Set(ids);
  if (typeof answer !== 'object') return all;
  const failures: unknown = Reflect.get(answer, 'batchItemFailures');
  if (failures === undefined || failures === null) return new Set();
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
