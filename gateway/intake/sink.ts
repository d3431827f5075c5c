/** Destination of accepted records: the part of kinesis-producer-lite's producer that the gateway uses. */
export interface Sink {
  /**
   * Takes one record. The promise resolves once the record is durable. Records that are sent together share one
   * promise, so compare promises by identity before awaiting them.
   * @throws synchronously: an error with a `code` (`BUFFER_FULL`, `RECORD_TOO_LARGE`, `CLOSED`)
   */
  put(partitionKey: string, data: string | Uint8Array): Promise<unknown>;
  /** False while the sink fails to deliver records. */
  readonly healthy: boolean;
}

/** Returns the `code` of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
