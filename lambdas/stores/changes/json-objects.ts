import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Writes a JSON document. @throws what the SDK throws */
export async function putJson(
  s3: S3Client,
  object: { Bucket: string; Key: string; IfNoneMatch?: '*' },
  content: object,
): Promise<void> {
  const Body = JSON.stringify(content);
  await s3.send(new PutObjectCommand({ ...object, Body, ContentType: 'application/json' }));
}

/** Reads a JSON document. @returns undefined if there is no such object. @throws what the SDK throws */
export async function readJson(s3: S3Client, object: { Bucket: string; Key: string }): Promise<unknown> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(object));
    return JSON.parse((await Body?.transformToString()) ?? 'null');
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
