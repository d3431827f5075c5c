/**
 * Where accepted bytes go. kinesis-producer-lite's producer is one; the gateway needs no more of it than this.
 */
export interface Sink {
  /**
   * Takes one record. The promise resolves once it is durable; records that travel together share one promise, so compare
   * promises by identity before awaiting them.
   * @throws an error with a `code` (`BUFFER_FULL`, `RECORD_TOO_LARGE`, `CLOSED`), at once, when it does not take the record.
   */
  put(partitionKey: string, data: string | Uint8Array): Promise<unknown>;
  /** False while the sink fails to get records out. */
  readonly healthy: boolean;
}

/** The `code` of an error, where it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
