import { randomBytes } from 'node:crypto';
import type { Blob } from './blobs.js';
import type { CorsRule } from './cors.js';
import type { QueueNotification } from './notification-configuration.js';
import { SortedKeys } from './sorted-keys.js';

/** Id of versions added while versioning was not enabled. */
export const NULL_VERSION = 'null';

/** Version of an object. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly lastModifiedMs: number;
  /** Undefined for a delete marker. */
  readonly blob: Blob | undefined;
  /** Content-Type, user metadata and other headers that a GET returns as they were put. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface NewVersion {
  key: string;
  blob: Blob | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** Bucket with the metadata of its objects; {@link Blobs} has their data. */
export class Bucket {
  readonly name: string;
  readonly createdAtMs: number;
  versioning: 'Enabled' | 'Suspended' | undefined;
  notifications: readonly QueueNotification[] = [];
  cors: readonly CorsRule[] | undefined;
  readonly keys = new SortedKeys();
  readonly #now: () => number;
  /** Versions by key, latest first. */
  readonly #versions = new Map<string, ObjectVersion[]>();

  constructor(name: string, now: () => number) {
    this.name = name;
    this.createdAtMs = now();
    this.#now = now;
  }

  /** Versions of a key, latest first; the first may be a delete marker. */
  versionsOf(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  /** Finds a version. @param versionId default: the latest */
  find(key: string, versionId?: string): ObjectVersion | undefined {
    const versions = this.versionsOf(key);
    return versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId);
  }

  /** Latest version, unless it is a delete marker. */
  current(key: string): (ObjectVersion & { blob: Blob }) | undefined {
    const latest = this.find(key);
    return latest?.blob === undefined ? undefined : { ...latest, blob: latest.blob };
  }

  /**
   * Adds a version. Without versioning it replaces the previous one with the null version id.
   *
   * @returns the version and the one it replaced
   */
  add({ key, blob, headers = {} }: NewVersion): { version: ObjectVersion; replaced: ObjectVersion | undefined } {
    const versionId = this.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : NULL_VERSION;
    const replaced = this.remove(key, versionId);
    const version = { key, versionId, lastModifiedMs: this.#now(), blob, headers };
    this.#versions.set(key, [version, ...this.versionsOf(key)]);
    this.keys.add(key);
    return { version, replaced };
  }

  /** Removes one version permanently. */
  remove(key: string, versionId: string): ObjectVersion | undefined {
    const versions = this.versionsOf(key);
    const removed = versions.find((version) => version.versionId === versionId);
    if (removed === undefined) return undefined;
    const left = versions.filter((version) => version !== removed);
    if (left.length > 0) {
      this.#versions.set(key, left);
    } else {
      this.#versions.delete(key);
      this.keys.delete(key);
    }
    return removed;
  }
}
