export type ErasureErrorCode =
  | 'NOT_ERASED_YET'
  | 'CHANGE_UNDER_WAY'
  | 'CHANGE_UNREADABLE'
  | 'OVERTAKEN'
  | 'WRITE_REFUSED';

/** An employee cannot be erased, or not yet. The message says what to do. */
export class ErasureError extends Error {
  override readonly name = 'ErasureError';
  readonly code: ErasureErrorCode;

  constructor(code: ErasureErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
