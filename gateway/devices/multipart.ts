/** Part of a multipart body. */
export interface Part {
  /** Content type in lower case, empty if the part has none. */
  type: string;
  bytes: Buffer;
}

const MOST_PARTS = 32;
const MOST_HEADER_BYTES = 4_096;
const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i;
const FIRST_LINE = /^\s*--([^\r\n]{1,70})\r?\n/;
const PART_TYPE = /^content-type:\s*([^;\r\n]+)/im;

/**
 * Splits a multipart body (RFC 2046 section 5.1) without copying it. Devices are careless, so the last part may lack its
 * end, the boundary may be missing in the header, and lines may end with LF alone. A body of another type is one part.
 */
export function partsOf(body: Buffer, contentType = ''): Part[] {
  const header = BOUNDARY.exec(contentType);
  const named = header?.[1] ?? header?.[2];
  const boundary = named ?? FIRST_LINE.exec(body.toString('latin1', 0, 128))?.[1]?.trimEnd();
  const delimiter = boundary === undefined ? undefined : Buffer.from(`--${boundary}`, 'latin1');
  let start = delimiter === undefined ? -1 : body.indexOf(delimiter);
  if (delimiter === undefined || start === -1) return [{ type: contentType.toLowerCase(), bytes: body }];
  const parts: Part[] = [];
  while (start !== -1 && parts.length < MOST_PARTS) {
    const end = body.indexOf(delimiter, start + delimiter.length);
    const part = partIn(body.subarray(start + delimiter.length, end === -1 ? body.length : end));
    if (part !== undefined) parts.push(part);
    start = end;
  }
  return parts;
}

/** @param bytes from after a delimiter to before the next @returns undefined after the last delimiter */
function partIn(bytes: Buffer): Part | undefined {
  const head = bytes.toString('latin1', 0, MOST_HEADER_BYTES);
  const end = /\r?\n\r?\n/.exec(head);
  if (end === null || head.startsWith('--')) return undefined;
  const type = PART_TYPE.exec(head.slice(0, end.index))?.[1] ?? '';
  return { type: type.trim().toLowerCase(), bytes: bytes.subarray(end.index + end[0].length) };
}
