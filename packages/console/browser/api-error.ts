/** A failed request to the API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Problem code of the API, `http-STATUS` for an answer without one, or `network` without an answer. */
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The invalid member; empty if the problem is about none. */
  readonly field: string;
  readonly reason: string;

  constructor(problem: { code: string; status: number; detail: string; field?: string; reason?: string }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.field = problem.field ?? '';
    this.reason = problem.reason ?? '';
  }

  /** Whether a retry may succeed. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether the user must sign in again. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

const NO_ANSWER = 'The server does not answer. Check your connection and try again.';

/** Converts the TypeError of a failed fetch into an ApiError. Returns other errors, such as an abort, unchanged. */
export function noAnswer(error: unknown): unknown {
  return error instanceof TypeError ? new ApiError({ code: 'network', status: 0, detail: NO_ANSWER }) : error;
}

/** Reads problem+json (RFC 9457) from an answer, with defaults if it is something else, for example from a proxy. */
export async function problemOf(answer: Response): Promise<ApiError> {
  const { status } = answer;
  const problem: unknown = await answer.json().catch(() => undefined);
  const member = (name: string): string | undefined => {
    const value: unknown = typeof problem === 'object' && problem !== null ? Reflect.get(problem, name) : undefined;
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

/** Error text to show to the user. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String(error);
}

/** Whether a request was aborted because the user left its page or started a newer one. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
