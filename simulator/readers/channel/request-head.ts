/** Request line and headers of a POST, without the value of content-length. All requests of a reader share it. */
export function requestHead(url: URL, key: string, { type, wait }: { type: string; wait?: number }): string {
  return [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    `authorization: Bearer ${key}`,
    `content-type: ${type}`,
    ...(wait === undefined ? [] : [`prefer: wait=${wait}`]),
    'content-length: ',
  ].join('\r\n');
}

/** Completes a {@link requestHead} with its body. */
export function requestOf(head: string, body: string): string {
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
