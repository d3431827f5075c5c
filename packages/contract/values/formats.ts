/** Parses a record's bytes as JSON, without copying them. Undefined if they are not JSON. */
export function jsonIn({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  return jsonAttribute(Buffer.from(buffer, byteOffset, byteLength));
}

/** Parses an attribute as JSON; undefined if it is not JSON. */
export function jsonAttribute(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
