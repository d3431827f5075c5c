/** What an attribute holds as JSON; undefined when it does not. */
export function jsonAttribute(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
