import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ObjectEmptyError } from '@swipegate/lambdas/stores/archive/object-store';

/** Id of a version put without versioning: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
const NULL_VERSION = 'null';
/** Errors for a version that expired or was deleted meanwhile, for example by an interrupted run. */
const GONE = new Set(['NoSuchKey', 'NoSuchVersion']);

export interface ObjectVersion {
  versionId: string;
  isLatest: boolean;
  /** Marks the object as deleted and has no content. */
  isDeleteMarker: boolean;
}

export interface KeyVersions {
  key: string;
  versions: readonly ObjectVersion[];
}

export interface ObjectErasure {
  rewritten: boolean;
  /** Number of versions that were deleted permanently. */
  removed: number;
}

export interface RewriteOptions {
  /** Returns the object's new content, or undefined if it needs no change. */
  rewrite(bytes: Uint8Array): Promise<Uint8Array | undefined>;
  /** Older versions to delete: all, or only those that `rewrite` would change. */
  purge: 'all' | 'unclean';
  /** Only counts; writes nothing. */
  dryRun: boolean;
}

/** A bucket. Without versioning, each object has one version, `null`. All methods throw what the SDK throws. */
export class VersionedBucket {
  readonly #s3: S3Client;
  readonly name: string;

  /** @param s3 owned by the caller: it is not destroyed here */
  constructor(s3: S3Client, name: string) {
    this.#s3 = s3;
    this.name = name;
  }

  /** Yields the objects under a prefix, page by page in key order, each with all its versions. */
  async *pages(prefix: string): AsyncGenerator<KeyVersions[]> {
    let open = new Map<string, ObjectVersion[]>();
    let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (from !== undefined) {
      const page: ListObjectVersionsCommandOutput = await this.#s3.send(
        new ListObjectVersionsCommand({ Bucket: this.name, Prefix: prefix, ...from }),
      );
      const found = [
        ...(page.Versions ?? []).map((version) => ({ ...version, isDeleteMarker: false })),
        ...(page.DeleteMarkers ?? []).map((marker) => ({ ...marker, isDeleteMarker: true })),
      ];
      for (const { Key = '', VersionId = NULL_VERSION, IsLatest = false, isDeleteMarker } of found) {
        const versions = open.get(Key) ?? [];
        open.set(Key, versions);
        versions.push({ versionId: VersionId, isLatest: IsLatest, isDeleteMarker });
      }
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      from =
        IsTruncated === true && NextKeyMarker !== undefined
          ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }) }
          : undefined;
      // The next page may have more versions of the last key.
      const last = from === undefined ? undefined : open.get(NextKeyMarker ?? '');
      if (last !== undefined) open.delete(NextKeyMarker ?? '');
      if (open.size > 0) yield Array.from(open, ([key, versions]) => ({ key, versions }));
      open = new Map(last === undefined ? [] : [[NextKeyMarker ?? '', last]]);
    }
  }

  /** @returns undefined when the version no longer exists. @throws {ObjectEmptyError} for an answer without a body */
  async get(key: string, versionId: string): Promise<Uint8Array | undefined> {
    return (await this.#read(key, versionId))?.bytes;
  }

  async delete(key: string, versionId: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }));
  }

  /** Puts an object's new content with its old type and metadata, then deletes older versions. */
  async rewrite({ key, versions }: KeyVersions, { rewrite, purge, dryRun }: RewriteOptions): Promise<ObjectErasure> {
    const done: ObjectErasure = { rewritten: false, removed: 0 };
    const latest = versions.find(({ isLatest, isDeleteMarker }) => isLatest && !isDeleteMarker);
    let kept = latest?.versionId;
    const read = latest && (await this.#read(key, latest.versionId));
    if (read !== undefined) {
      const next = await rewrite(read.bytes);
      done.rewritten = next !== undefined;
      if (next !== undefined) kept = dryRun ? undefined : await this.#put(key, next, read.head);
    }
    for (const { versionId, isDeleteMarker } of versions) {
      if (isDeleteMarker || versionId === kept) continue;
      const isUnclean = async () => {
        const bytes = await this.get(key, versionId);
        return bytes !== undefined && (await rewrite(bytes)) !== undefined;
      };
      if (purge === 'unclean' && versionId !== latest?.versionId && !(await isUnclean())) continue;
      if (!dryRun) await this.delete(key, versionId);
      done.removed += 1;
    }
    return done;
  }

  async #read(key: string, versionId: string) {
    try {
      const head = await this.#s3.send(new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }));
      if (head.Body === undefined)
        throw new ObjectEmptyError(`The answer for ${key} in bucket ${this.name} has no content.`);
      return { bytes: await head.Body.transformToByteArray(), head };
    } catch (error) {
      if (error instanceof S3ServiceException && GONE.has(error.name)) return undefined;
      throw error;
    }
  }

  /** @returns the new version */
  async #put(key: string, bytes: Uint8Array, head: GetObjectCommandOutput): Promise<string> {
    const { ContentType, ContentEncoding, Metadata } = head;
    const { VersionId } = await this.#s3.send(
      new PutObjectCommand({ Bucket: this.name, Key: key, Body: bytes, ContentType, ContentEncoding, Metadata }),
    );
    return VersionId ?? NULL_VERSION;
  }
}
