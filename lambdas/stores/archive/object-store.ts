/** A bucket, as far as the archive uses one. */
export interface ObjectStore {
  /** Writes an object whole; one that is there is replaced. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Keys that begin with `prefix` and come after `startAfter`, in the order of UTF-8 bytes. */
  list(prefix: string, startAfter?: string): AsyncIterable<string>;
  /** Rejects where there is no such object. */
  get(key: string): Promise<Uint8Array>;
}
