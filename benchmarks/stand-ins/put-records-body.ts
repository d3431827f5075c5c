export interface PutRecordsBody {
  streamName: string;
  /** Records without their data; `dataBytes` is its size after base64 decoding. */
  entries: { partitionKey: string; explicitHashKey: string | undefined; dataBytes: number }[];
}

interface Wire {
  StreamName: string;
  Records: { Data: string; PartitionKey: string; ExplicitHashKey?: string }[];
}

const DATA = Buffer.from('"Data":"');
const QUOTE = 0x22;
const PADDING = 0x3d;

/**
 * Reads a PutRecords body at a fraction of the cost of JSON.parse. It creates no strings for the base64 data, which is
 * nearly all of the body. It parses the rest as JSON, so keys and the number of entries are exact.
 *
 * `"Data":"` matches only the member itself: inside a JSON string its quotes would be escaped.
 * @throws {SyntaxError} when the body is not JSON
 */
export function readPutRecords(body: Buffer): PutRecordsBody {
  const cut: number[] = [];
  let skeleton = '';
  let from = 0;
  for (let at = body.indexOf(DATA); at >= 0; at = body.indexOf(DATA, from)) {
    const start = at + DATA.length;
    const end = body.indexOf(QUOTE, start);
    if (end < 0) break;
    skeleton += body.toString('utf8', from, start);
    cut.push(decodedBytes(body, start, end));
    from = end;
  }
  const wire: Wire = JSON.parse(skeleton + body.toString('utf8', from));
  let next = 0;
  return {
    streamName: wire.StreamName,
    entries: wire.Records.map(({ Data, PartitionKey, ExplicitHashKey }) => ({
      partitionKey: PartitionKey,
      explicitHashKey: ExplicitHashKey,
      // If a space follows the colon, the data was not cut out and is still here.
      dataBytes: Data === '' ? (cut[next++] ?? 0) : Buffer.byteLength(Data, 'base64'),
    })),
  };
}

function decodedBytes(body: Buffer, start: number, end: number): number {
  let padding = 0;
  while (padding < 2 && end - padding > start && body[end - padding - 1] === PADDING) padding += 1;
  return ((end - start) / 4) * 3 - padding;
}
