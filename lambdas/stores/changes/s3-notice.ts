import { compile } from '@swipegate/contract';
import Type from 'typebox';

const isNotice = compile(
  Type.Object({
    Records: Type.Array(Type.Object({ s3: Type.Object({ object: Type.Object({ key: Type.String() }) }) })),
  }),
);

/**
 * Returns the object keys in an S3 event notification; none for S3's test message or any other text
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html). S3 form-encodes keys:
 * a space as +, the rest percent-encoded.
 */
export function storedKeys(body: string): string[] {
  try {
    const notice: unknown = JSON.parse(body);
    return isNotice(notice)
      ? notice.Records.map(({ s3 }) => decodeURIComponent(s3.object.key.replaceAll('+', ' ')))
      : [];
  } catch {
    return [];
  }
}
