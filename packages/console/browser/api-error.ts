/** What a request of the API came to, other than an answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** A problem code of the API, or `network` where there was no answer of it. */
  readonly code: string;
  /** HTTP status; 0 where there was none. */
  readonly status: number;
  /** The member that is wrong; empty where it is about none. */
  readonly field: string;
  readonly reason: string;

  constructor(told: { code: string; status: number; detail: string; field?: string; reason?: string }) {
    super(told.detail);
    this.code = told.code;
    this.status = told.status;
    this.field = told.field ?? '';
    this.reason = told.reason ?? '';
  }

  /** Whether the same again may succeed. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether only a new sign-in helps. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

const NO_ANSWER = 'The server does not answer. Look at your connection, and try again.';

/** What a fetch that failed is. What was given up on purpose stays what it is. */
export function noAnswer(error: unknown): unknown {
  return error instanceof TypeError ? new ApiError({ code: 'network', status: 0, detail: NO_ANSWER }) : error;
}

/** Reads problem+json (RFC 9457) of an answer, and makes do where it is none, as of a proxy. */
export async function problemOf(answer: Response): Promise<ApiError> {
  const { status } = answer;
  const told: unknown = await answer.json().catch(() => undefined);
  const member = (name: string): string | undefined => {
    const value: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const [field, reason] = [member('field'), member('reason')];
  return new ApiError({
    code: member('code') ?? `http-${status}`,
    status,
    detail: member('detail') ?? `The server answered with HTTP status ${status}.`,
    ...(field === undefined ? {} : { field }),
    ...(reason === undefined ? {} : { reason }),
  });
}

/** A sentence for a person. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String(error);
}

/** That something was given up because its page was left, or newer words were typed. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
