import { MAX_BATCH_ITEMS, Swipe, swipePartitionKey } from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { Principal } from '../auth/api-key-directory.js';
import { type Admission, claimedId, refused } from './intake.js';
import { jsonPattern } from './json-pattern.js';
import { type PostedBody, parseBody } from './parse-body.js';
import type { Sink } from './sink.js';
import { swipeEnvelope } from './swipe-item.js';

const SWIPE = new RegExp(jsonPattern(Swipe), 'y');
/** What stands before a value, from the quote that ends the one before. */
const [SWIPE_ID, READER_ID, CARD_ID, READ_AT] = ['{"swipeId":"', '","readerId":"', '","cardId":"', '","readAt":"'];
const OPENING = '['.charCodeAt(0);
const CLOSING = ']';

/** Where the swipes of a body lie in its text: begin and end of each's members, and of its cardId. Nothing of it outlives a call. */
const places = new Int32Array(4 * MAX_BATCH_ITEMS);

/**
 * Takes the swipes of a batch without parsing it, if all are as most clients write them (as JSON.stringify does: members in the
 * contract's order, no blanks) and nothing is wrong with any: their bytes go to the stream as they came. That is a third of the
 * time of parsing each, checking it and writing it again, and makes next to no garbage.
 *
 * @returns undefined, with nothing taken, where anything is otherwise: then it takes the long way, which can say what is wrong
 */
export function admitCanonical(
  body: PostedBody,
  principal: Principal,
  sink: Sink,
  nowMs: number,
  maxClockAheadMs: number,
): Admission | undefined {
  // One swipe alone is parsed as ever: it is not even looked at as text here.
  if (body.format === 'json' && body.bytes[0] !== OPENING) return undefined;
  const text = body.bytes.toString('latin1');
  const count = findSwipes(text, body.format, principal, nowMs + maxClockAheadMs);
  if (count === 0) return undefined;
  const { head, tail } = swipeEnvelope(principal.tenantId, nowMs);
  const keyPrefix = swipePartitionKey(principal.tenantId, '');
  let ids: (string | undefined)[] | undefined;
  const idAt = (index: number) => {
    ids ??= parseBody(body).items.map((item) => claimedId(item, 'swipeId'));
    return ids[index];
  };
  const admission: Admission = {
    receivedAt: new Date(nowMs).toISOString(),
    idAt,
    indexes: [],
    durable: [],
    rejected: [],
  };
  for (let index = 0; index < count; index++) {
    const at = 4 * index;
    const cardId = text.slice(places[at + 2], places[at + 3]);
    const record = `${head}${text.slice(places[at], places[at + 1])}${tail}`;
    try {
      admission.durable.push(sink.put(keyPrefix + cardId, record));
      admission.indexes.push(index);
    } catch (error) {
      admission.rejected.push(refused(index, 'swipeId', idAt(index), error));
    }
  }
  return admission;
}

/**
 * Notes the {@link places} of all swipes of a body.
 * @param latestMs past this a reader's clock runs too far ahead
 * @returns how many; 0 if the body is not made of canonical swipes alone, or one is not to be taken
 */
function findSwipes(text: string, format: PostedBody['format'], { readerIds }: Principal, latestMs: number): number {
  const isArray = format === 'json';
  const separator = isArray ? ',' : '\n';
  let begin = isArray ? 1 : 0;
  let reader = '';
  for (let count = 0; count < MAX_BATCH_ITEMS; ) {
    SWIPE.lastIndex = begin;
    if (!SWIPE.test(text)) return 0;
    const end = SWIPE.lastIndex;
    // A value holds no quote, so the next one ends it.
    const readerBegin = text.indexOf('"', begin + SWIPE_ID.length) + READER_ID.length;
    const readerEnd = text.indexOf('"', readerBegin);
    if (reader.length !== readerEnd - readerBegin || !text.startsWith(reader, readerBegin)) {
      reader = text.slice(readerBegin, readerEnd);
      if (!readerIds.has(reader)) return 0;
    }
    const cardBegin = readerEnd + CARD_ID.length;
    const cardEnd = text.indexOf('"', cardBegin);
    const timeBegin = cardEnd + READ_AT.length;
    // Not a number, where no clock ever shows it.
    if (!(timestampMs(text, timeBegin, text.indexOf('"', timeBegin)) <= latestMs)) return 0;
    const at = 4 * count;
    places[at] = begin + 1;
    places[at + 1] = end - 1;
    places[at + 2] = cardBegin;
    places[at + 3] = cardEnd;
    count += 1;
    begin = end + 1;
    if (isAtEnd(text, end, isArray)) return count;
    if (text[end] !== separator) return 0;
  }
  return 0;
}

/** A line may end the text of NDJSON or not. */
function isAtEnd(text: string, end: number, isArray: boolean): boolean {
  if (isArray) return text[end] === CLOSING && end + 1 === text.length;
  return end === text.length || (text[end] === '\n' && end + 1 === text.length);
}
