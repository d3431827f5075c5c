/** Destination of accepted records: the part of kinesis-producer-lite's producer that the gateway uses. */
export interface Sink {
  /**
   * Resolves once the record is durable. Records that are sent together share one promise.
   * @throws synchronously: an error with a `code` (`BUFFER_FULL`, `RECORD_TOO_LARGE`, `CLOSED`)
   */
  put(partitionKey: string, data: string | Uint8Array): Promise<unknown>;
  /** False while the sink fails to deliver records. */
  readonly healthy: boolean;
}

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
