/** Parses a record's bytes as JSON, without copying them. Undefined if they are not JSON. */
export function jsonIn({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
  } catch {
    return undefined;
  }
}
