/** The JSON document in a record's bytes, which are not copied; undefined where they are none. */
export function jsonIn({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
  } catch {
    return undefined;
  }
}
