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
  return text === undefined ? '' : `<${name}>${escaped(String(text))}</${name}>`;
}

/** Element with child elements. */
export function element(name: string, children: readonly string[], namespace?: string): string {
  const attributes = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<${name}${attributes}>${children.join('')}</${name}>`;
}

/** Document with its root element. */
export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => ENTITIES[character] ?? character);
}
