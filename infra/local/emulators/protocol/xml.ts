const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Parsers convert a literal carriage return to a line feed.
  '\r': '&#13;',
  '\n': '&#10;',
};

/** Element with text; empty string if the text is undefined. */
export function textElement(name: string, text: string | number | boolean | undefined): string {
  if (text === undefined) return '';
  const escaped = String(text).replace(/[&<>"\r\n]/g, (character) => ENTITIES[character] ?? character);
  return `<${name}>${escaped}</${name}>`;
}

/** Elements with text, in the order of the record. */
export function textElements(texts: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return Object.entries(texts).map(([name, text]) => textElement(name, text));
}

export function element(name: string, children: readonly string[], namespace?: string): string {
  const attributes = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<${name}${attributes}>${children.join('')}</${name}>`;
}

export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}
