/** Why a record was refused (thrown by `put`) or given up (rejected promise), or why a producer could not start. */
export type ProducerErrorCode =
  | 'RECORD_TOO_LARGE'
  | 'BUFFER_FULL'
  | 'CLOSED'
  | 'INVALID_DATA'
  | 'INVALID_KEY'
  | 'INVALID_OPTIONS'
  | 'RECORD_EXPIRED'
  | 'SPOOL_LOCKED'
  | 'SPOOL_UNAVAILABLE'
  | 'STREAM_UNAVAILABLE';

/** `retryable`: whether putting the very same record again can succeed, possibly on another producer. */
const CODES: Readonly<Record<ProducerErrorCode, { retryable: boolean; advice: string }>> = {
  RECORD_TOO_LARGE: {
    retryable: false,
    advice: 'Make the record smaller, or raise maxRecordBytes.',
  },
  BUFFER_FULL: {
    retryable: true,
    advice: 'Shed load or wait for an earlier put to settle, then put again; raise maxBufferedBytes if memory allows.',
  },
  CLOSED: {
    retryable: true,
    advice: 'Put the record on a producer that is open. If it was put before close(), it may or may not be stored.',
  },
  INVALID_DATA: {
    retryable: false,
    advice: 'Put a string, or bytes as a Uint8Array or Buffer.',
  },
  INVALID_KEY: {
    retryable: false,
    advice: 'Use a partition key of 1 to 256 characters, and as explicit hash key a decimal number below 2^128.',
  },
  INVALID_OPTIONS: {
    retryable: false,
    advice: 'Correct the named option and start again.',
  },
  RECORD_EXPIRED: {
    retryable: true,
    advice: 'Put the record again with the same id of your own: it may or may not be stored already.',
  },
  SPOOL_LOCKED: {
    retryable: true,
    advice: 'Give each producer a directory of its own, or end the other one first.',
  },
  SPOOL_UNAVAILABLE: {
    retryable: true,
    advice: 'Check that the directory can be written, the space on its disk, and spool.maxBytes.',
  },
  STREAM_UNAVAILABLE: {
    retryable: true,
    advice: 'Check the stream name, region, endpoint, credentials and the permission kinesis:ListShards.',
  },
};

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

/** The text of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
