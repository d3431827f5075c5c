import type { ImportKind, ImportUpload } from '@swipegate/contract';
import type { Api } from './api.js';
import { ApiError, noAnswer } from './api-error.js';

/** MAX_IMPORT_BYTES of the contract, whose module would bring its schema library along. */
export const MAX_UPLOAD_BYTES = 2 * 1024 * 1024;

/**
 * Has the API sign an upload, and sends the file to the bucket by it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html). @returns the import's id
 * @throws {ApiError} `upload-refused` where the bucket does not take it
 */
export async function uploadFile(
  api: Api,
  { file, ...request }: { kind: ImportKind; why: string; file: File },
): Promise<string> {
  const { importId, upload } = await api.post<ImportUpload>('/v1/imports', request);
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  // The last: S3 does not read what comes after it.
  form.append('file', file);
  let answer: Response;
  try {
    answer = await fetch(upload.url, { method: 'POST', body: form });
  } catch (error) {
    throw noAnswer(error);
  }
  if (answer.ok) return importId;
  const detail = `The file was not taken: HTTP status ${answer.status} of the bucket.`;
  throw new ApiError({ code: 'upload-refused', status: answer.status, detail, field: 'file' });
}
