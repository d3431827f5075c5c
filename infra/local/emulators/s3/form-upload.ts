import { ServiceError } from '../protocol/service-error.js';
import { ByteSource } from './storage/byte-source.js';

const MOST_LINE_BYTES = 8_192;
/** AWS's limit for a form without its file, bytes. */
const MOST_FIELD_BYTES = 20_480;

/** Upload by an HTML form: its fields and the file that follows them. */
export interface FormUpload {
  /** Fields, with names in lower case. */
  fields: Map<string, string>;
  fileName: string;
  /** Content-Type of the file's part. */
  fileType: string | undefined;
  file: AsyncIterable<Uint8Array>;
}

/**
 * Reads `multipart/form-data` up to its file, which is streamed
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html). Ignores parts after the file.
 *
 * @throws {ServiceError} MalformedPOSTRequest, IncompleteBody, InvalidArgument, MaxPostPreDataLengthExceeded
 */
export async function readFormUpload(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<FormUpload> {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]{1,70})"?/i.exec(contentType ?? '')?.[1];
  if (boundary === undefined) throw malformed('The body is not multipart/form-data.');
  const source = new ByteSource(body);
  const end = Buffer.from(`\r\n--${boundary}`);
  if ((await source.line(MOST_LINE_BYTES)) !== `--${boundary}`) throw malformed('It does not start with its boundary.');
  const fields = new Map<string, string>();
  let left = MOST_FIELD_BYTES;
  for (;;) {
    const { name, fileName, type } = await partHead(source);
    if (name === 'file') return { fields, fileName, fileType: type, file: source.until(end) };
    const parts: Buffer[] = [];
    for await (const part of source.until(end)) {
      left -= part.length;
      if (left < 0) {
        throw new ServiceError('MaxPostPreDataLengthExceeded', 'The fields before the file are too long.');
      }
      parts.push(part);
    }
    fields.set(name, Buffer.concat(parts).toString());
    if ((await source.line(MOST_LINE_BYTES)) !== '') {
      throw new ServiceError('InvalidArgument', 'POST requires exactly one file upload per request.');
    }
  }
}

async function partHead(source: ByteSource): Promise<{ name: string; fileName: string; type: string | undefined }> {
  let name: string | undefined;
  let fileName = '';
  let type: string | undefined;
  for (let line = await source.line(MOST_LINE_BYTES); line !== ''; line = await source.line(MOST_LINE_BYTES)) {
    const [, header = '', value = ''] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (header.toLowerCase() === 'content-type') type = value;
    if (header.toLowerCase() !== 'content-disposition') continue;
    name = /[; ]name="([^"]*)"/i.exec(value)?.[1]?.toLowerCase();
    fileName = /[; ]filename="([^"]*)"/i.exec(value)?.[1] ?? '';
  }
  if (name === undefined) throw malformed('A part has no name.');
  return { name, fileName, type };
}

function malformed(reason: string): ServiceError {
  return new ServiceError('MalformedPOSTRequest', `The body of your POST request is not well-formed: ${reason}`);
}
