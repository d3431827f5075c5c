export type TokenErrorCode = 'token-malformed' | 'token-expired' | 'token-invalid' | 'no-tenant' | 'keys-unavailable';

/**
 * Why a token was not accepted, and what to do. Neither the message nor a cause holds anything of the token: errors end up
 * in logs, and who reads a log must not be able to act as its users.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
