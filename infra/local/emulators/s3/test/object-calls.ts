import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';

export async function createBucket(
  s3: S3Client,
  Bucket: string,
  options: { versioned?: boolean } = {},
): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (options.versioned === true) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  return Bucket;
}

/** @returns the version's id */
export async function put(
  s3: S3Client,
  Bucket: string,
  Key: string,
  Body: PutObjectCommandInput['Body'] = Key,
  more: Partial<PutObjectCommandInput> = {},
): Promise<string | undefined> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId;
}

export async function read(
  s3: S3Client,
  Bucket: string,
  Key: string,
  more: Partial<GetObjectCommandInput> = {},
): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body?.transformToString();
}
