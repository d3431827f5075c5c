export type TokenErrorCode = 'token-malformed' | 'token-expired' | 'token-invalid' | 'no-tenant' | 'keys-unavailable';

/**
 * The reason why a token was refused, and the fix. Neither message nor cause contains any part of the token: errors are
 * logged, and a reader of logs must not be able to act as a user.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
