export interface ServiceErrorOptions {
  /** HTTP status. Default 400. */
  status?: number;
  /** Sent with the answer. */
  headers?: Readonly<Record<string, string>>;
}

/** Error answer of a service, with the code that AWS documents. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, { status = 400, headers = {} }: ServiceErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}
