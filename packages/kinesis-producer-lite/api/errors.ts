/** `retryable`: whether the same put or start can succeed later with nothing corrected, possibly on another producer. */
const CODES = {
  RECORD_TOO_LARGE: { retryable: false, advice: 'Make the record smaller, or raise maxRecordBytes.' },
  BUFFER_FULL: {
    retryable: true,
    advice: 'Wait for an earlier put to settle and put again, or shed load; raise maxBufferedBytes if memory allows.',
  },
  CLOSED: {
    retryable: true,
    advice: 'Put the record on an open producer. A record put before close() may already be stored.',
  },
  INVALID_DATA: { retryable: false, advice: 'Put a string, or bytes as a Uint8Array or Buffer.' },
  INVALID_KEY: {
    retryable: false,
    advice:
      'A partition key must be 1 to 256 characters of valid Unicode; an explicit hash key must be a decimal number from 0 to 2^128 - 1.',
  },
  INVALID_OPTIONS: { retryable: false, advice: 'Correct the named option and start again.' },
  RECORD_EXPIRED: {
    retryable: true,
    advice: 'Put the record again with the same id of your own: it may already be stored.',
  },
  SPOOL_LOCKED: {
    retryable: true,
    advice: 'Give each producer its own directory, or close the other producer first.',
  },
  SPOOL_UNAVAILABLE: {
    retryable: true,
    advice: 'Check that the directory is writable, that its disk has space, and spool.maxBytes.',
  },
  WORKER_NOT_FOUND: {
    retryable: false,
    advice:
      'A bundle needs kinesis-producer-lite installed next to it, or its export ./worker bundled as put-records-worker.js beside it and piscina installed; see "Bundlers" in the README.',
  },
  STREAM_NOT_FOUND: {
    retryable: false,
    advice: 'Create the stream, or correct its name, the region or the endpoint.',
  },
  STREAM_REFUSED: {
    retryable: false,
    advice: 'Check the credentials, the permission kinesis:ListShards, the stream name and the region.',
  },
  STREAM_UNORDERED: {
    retryable: false,
    advice:
      'Set its strategy back to USER_PARTITION_KEY (UpdateStreamRecordDistributionStrategy), or name another stream.',
  },
  STREAM_UNAVAILABLE: {
    retryable: true,
    advice: 'Start again later; check the network, the endpoint and where credentials come from.',
  },
};

/** Why a record was refused (thrown by `put`) or given up (rejected promise), or why a producer could not start. */
export type ProducerErrorCode = keyof typeof CODES;

/** The only error this package throws or rejects with. */
export class ProducerError extends Error {
  readonly code: ProducerErrorCode;
  readonly retryable: boolean;

  constructor(code: ProducerErrorCode, detail: string, options?: ErrorOptions) {
    super(`${detail.replace(/\.+$/, '')}. ${CODES[code].advice}`, options);
    this.name = 'ProducerError';
    this.code = code;
    this.retryable = CODES[code].retryable;
  }
}

/** Why the shards of a stream cannot be read. */
export type StreamErrorCode = Extract<ProducerErrorCode, `STREAM_${string}`>;

export const RETRY_CAUSES = [
  'throttled',
  'internal',
  'timeout',
  'connection',
  'credentials',
  'wrongShard',
  'other',
] as const;

/** Why a Kinesis record must be sent again. */
export type RetryCause = (typeof RETRY_CAUSES)[number];

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
