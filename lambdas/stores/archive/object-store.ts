/** The part of a bucket that the archive uses. */
export interface ObjectStore {
  /** Writes a whole object, replacing an existing one. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Keys that begin with `prefix` and come after `startAfter`, in the order of UTF-8 bytes. */
  list(prefix: string, startAfter?: string): AsyncIterable<string>;
  /** Rejects if the object does not exist. */
  get(key: string): Promise<Uint8Array>;
}
