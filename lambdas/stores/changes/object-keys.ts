import { randomUUID } from 'node:crypto';
import { type Change, compile } from '@swipegate/contract';
import Type from 'typebox';

/** Keys: events/TENANT/DAY/SEQUENCE-CARD-CHANGE.json. A tenant's events are queued and applied in key order. */
export const EVENTS_PREFIX = 'events/';

/** Keys: placements/TENANT/DAY/SEQUENCE-CHANGE.json. Separate because they are known only when an event is applied. */
export const PLACEMENTS_PREFIX = 'placements/';

/** Place of an object among those of its tenant. */
export interface StoredKey {
  tenantId: string;
  /** UTC, 2026-11-25. */
  day: string;
  /** The queue's sequence number, 20 digits, increasing within a tenant. */
  sequence: string;
}

const EVENT_KEY = /^events\/([A-Za-z0-9][\w.:-]{0,63})\/(\d{4}-\d{2}-\d{2})\/(\d{20})-[\w.:-]+\.json$/;
const SEQUENCE_DIGITS = 20;

/** Returns the key of a change. Includes the `cardId`, if the change has one, to help people who list the bucket. */
export function eventKeyOf(place: StoredKey, { cardId, changeId }: { cardId?: string | undefined; changeId: string }) {
  return `${tenantPrefix(place.tenantId)}${place.day}/${sequenceText(place.sequence)}-${cardId ?? 'none'}-${changeId}.json`;
}

/** Pads a sequence number, so that it sorts as text. */
export function sequenceText(sequence: string): string {
  return sequence.padStart(SEQUENCE_DIGITS, '0');
}

export function tenantPrefix(tenantId: string): string {
  return `${EVENTS_PREFIX}${tenantId}/`;
}

/** @param position of the event, from {@link positionOf} */
export function placementsKeyOf(
  position: string,
  { tenantId, changeId }: Pick<Change, 'tenantId' | 'changeId'>,
): string {
  return `${PLACEMENTS_PREFIX}${tenantId}/${position}-${changeId}.json`;
}

/** @returns undefined for a key that {@link eventKeyOf} does not make */
export function parseEventKey(key: string): StoredKey | undefined {
  const [, tenantId, day, sequence] = EVENT_KEY.exec(key) ?? [];
  return tenantId === undefined || day === undefined || sequence === undefined
    ? undefined
    : { tenantId, day, sequence };
}

/** @returns the id of the change in an event's key; undefined for any other key */
export function changeIdIn(eventKey: string): string | undefined {
  return EVENT_KEY.test(eventKey) ? /.{36}(?=\.json$)/.exec(eventKey)?.[0] : undefined;
}

/** Returns text that sorts in event order within a tenant. Rows are marked with the position of their last writer. */
export function positionOf({ day, sequence }: StoredKey): string {
  return `${day}/${sequence}`;
}

/** Prefixes of offered upload forms, of uploaded files with the decisions to apply them, and of their results. */
export const OFFERS_PREFIX = 'import-offers/';
export const UPLOADS_PREFIX = 'imports/';
export const RESULTS_PREFIX = 'import-results/';

/** S3 metadata is ASCII, but a reason may be in any language, so the request of an upload is base64url-encoded in it. */
export const REQUEST_METADATA = 'request';

export interface ImportPlace {
  tenantId: string;
  importId: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const UPLOAD_KEY = new RegExp(`^${UPLOADS_PREFIX}([A-Za-z0-9][\\w.:-]{0,63})/(${UUID})(\\.csv|\\.apply\\.json)$`);

export function newImportId(): string {
  return randomUUID();
}

export function offerKey({ tenantId, importId }: ImportPlace): string {
  return `${OFFERS_PREFIX}${tenantId}/${importId}.json`;
}

export function uploadKey({ tenantId, importId }: ImportPlace): string {
  return `${UPLOADS_PREFIX}${tenantId}/${importId}.csv`;
}

/** Key of the decision to apply a previewed file. It lies beside the file, so that the same queue gets a notice of both. */
export function approvalKey({ tenantId, importId }: ImportPlace): string {
  return `${UPLOADS_PREFIX}${tenantId}/${importId}.apply.json`;
}

export function resultKey({ tenantId, importId }: ImportPlace): string {
  return `${RESULTS_PREFIX}${tenantId}/${importId}.json`;
}

/** A preview has a key of its own: a late notice of the upload must not replace the result. */
export function previewKey({ tenantId, importId }: ImportPlace): string {
  return `${RESULTS_PREFIX}${tenantId}/${importId}.preview.json`;
}

/** @returns undefined for a key that neither {@link uploadKey} nor {@link approvalKey} makes */
export function parseUploadKey(key: string): (ImportPlace & { isApproval: boolean }) | undefined {
  const [, tenantId, importId, ending] = UPLOAD_KEY.exec(key) ?? [];
  if (tenantId === undefined || importId === undefined) return undefined;
  return { tenantId, importId, isApproval: ending !== '.csv' };
}

const isNotice = compile(
  Type.Object({
    Records: Type.Array(Type.Object({ s3: Type.Object({ object: Type.Object({ key: Type.String() }) }) })),
  }),
);

/**
 * Returns the object keys in an S3 event notification; none for S3's test message or any other text. Keys are
 * form-encoded (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
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
