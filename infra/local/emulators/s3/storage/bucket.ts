import { randomBytes } from 'node:crypto';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { orderKey, Store } from '../../protocol/store.js';
import { CorsRule } from '../requests/cors.js';
import { QueueNotification } from '../requests/notification-configuration.js';
import { Blob } from './blobs.js';

/** Id of versions added while versioning was not enabled. */
export const NULL_VERSION = 'null';

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

const isSavedBucket = compile(
  Type.Object({
    createdAtMs: Type.Number(),
    versioning: Type.Optional(Type.Enum(['Enabled', 'Suspended'])),
    notifications: Type.Array(QueueNotification),
    cors: Type.Optional(Type.Array(CorsRule)),
  }),
);
const isSavedVersion = compile(
  Type.Object({
    key: Type.String(),
    versionId: Type.String(),
    lastModifiedMs: Type.Number(),
    blob: Type.Optional(Blob),
    headers: Type.Record(Type.String(), Type.String()),
  }),
);

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

  readonly #store: Store;
  /** Place of each version in the bucket's history: the key of its row. */
  readonly #places = new Map<ObjectVersion, string>();
  #lastPlace = 0;

  /** @param store has the bucket of an earlier start, if it kept one */
  constructor(name: string, now: () => number, store: Store = Store.none()) {
    this.name = name;
    this.#now = now;
    this.#store = store;
    const row = store.get(`bucket/${name}`);
    const kept = isSavedBucket(row) ? row : undefined;
    this.createdAtMs = kept?.createdAtMs ?? now();
    this.versioning = kept?.versioning;
    this.notifications = kept?.notifications ?? [];
    this.cors = kept?.cors;
    for (const [place, row] of store.under(`object/${name}/`)) {
      if (isSavedVersion(row)) this.#insert({ ...row, blob: row.blob }, place);
    }
    if (kept === undefined) this.keep();
  }

  /** Keeps the bucket's settings. Call it after each change of them. */
  keep(): void {
    const { createdAtMs, versioning, notifications, cors } = this;
    this.#store.put(`bucket/${this.name}`, { createdAtMs, versioning, notifications, cors });
  }

  /** Forgets the bucket, which must be empty. */
  forget(): void {
    this.#store.delete(`bucket/${this.name}`);
  }

  /** Names of the files with its objects. */
  get files(): string[] {
    return Array.from(this.#places.keys(), ({ blob }) => blob?.file ?? '');
  }

  #insert(version: ObjectVersion, place: string): void {
    this.#places.set(version, place);
    this.#lastPlace = Number(place);
    this.#versions.set(version.key, [version, ...this.versionsOf(version.key)]);
    this.keys.add(version.key);
  }

  /** Versions of a key, latest first; the first may be a delete marker. */
  versionsOf(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  /** @param versionId default: the latest */
  find(key: string, versionId?: string): ObjectVersion | undefined {
    const versions = this.versionsOf(key);
    return versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId);
  }

  /** Latest version, unless it is a delete marker. */
  current(key: string): (ObjectVersion & { blob: Blob }) | undefined {
    const latest = this.find(key);
    return latest?.blob === undefined ? undefined : { ...latest, blob: latest.blob };
  }

  /** Adds a version. Without versioning it replaces the previous one with the null version id. */
  add({ key, blob, headers = {} }: NewVersion): { version: ObjectVersion; replaced: ObjectVersion | undefined } {
    const versionId = this.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : NULL_VERSION;
    const replaced = this.remove(key, versionId);
    const version = { key, versionId, lastModifiedMs: this.#now(), blob, headers };
    this.#insert(version, orderKey(this.#lastPlace + 1));
    this.#store.put(`object/${this.name}/${orderKey(this.#lastPlace)}`, version);
    return { version, replaced };
  }

  /** Removes one version permanently. */
  remove(key: string, versionId: string): ObjectVersion | undefined {
    const versions = this.versionsOf(key);
    const removed = versions.find((version) => version.versionId === versionId);
    if (removed === undefined) return undefined;
    this.#store.delete(`object/${this.name}/${this.#places.get(removed)}`);
    this.#places.delete(removed);
    this.#versions.set(
      key,
      versions.filter((version) => version !== removed),
    );
    if (versions.length > 1) return removed;
    this.#versions.delete(key);
    this.keys.delete(key);
    return removed;
  }
}

/** Keys in S3's listing order: by their UTF-8 bytes. */
class SortedKeys {
  readonly #keys: string[] = [];

  add(key: string): void {
    const at = this.#firstNotBefore(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#firstNotBefore(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  get size(): number {
    return this.#keys.length;
  }

  /** Yields the keys with this prefix in order, starting at `from` (inclusive). */
  *from(from: string, prefix: string): Generator<string> {
    const start = compareKeys(from, prefix) < 0 ? prefix : from;
    for (let at = this.#firstNotBefore(start); at < this.#keys.length; at++) {
      const key = this.#keys[at];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield key;
    }
  }

  #firstNotBefore(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
