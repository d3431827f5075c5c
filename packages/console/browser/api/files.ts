import type { ImportKind, ImportUpload } from '@swipegate/contract';
import { type Api, ApiError, type Download, throwFetchError } from './api.js';

/** Equals MAX_IMPORT_BYTES of the contract: importing that would bring a schema library into the bundle. */
export const MAX_UPLOAD_BYTES = 2 * 1024 * 1024;

/**
 * Requests a signed upload form for a preview from the API and posts the file to the bucket
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html).
 * @returns the import's id
 * @throws {ApiError} `upload-refused` if the bucket refuses the file
 */
export async function uploadFile(
  api: Api,
  { file, ...request }: { kind: ImportKind; why: string; sheet: string | undefined; file: File },
): Promise<string> {
  const { importId, upload } = await api.post<ImportUpload>('/v1/imports', { ...request, preview: true });
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  // Last, because S3 ignores fields after the file.
  form.append('file', file);
  const answer = await fetch(upload.url, { method: 'POST', body: form }).catch(throwFetchError);
  if (answer.ok) return importId;
  const detail = `The file was not accepted: the bucket answered with HTTP status ${answer.status}.`;
  throw new ApiError({ code: 'upload-refused', status: answer.status, detail, field: 'file' });
}

/** Saves a download as a file, by a click on a link. */
export function saveFile({ content, fileName }: Download): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(content);
  anchor.download = fileName;
  anchor.click();
  // By then the browser has read the content.
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}
