/** Parses an attribute as JSON; undefined if it is not JSON. */
export function jsonAttribute(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
