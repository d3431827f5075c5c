import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

export type FunctionHandler<Event> = (event: Event, context: Context) => Promise<unknown>;

export interface FunctionOptions {
  functionName: string;
  timeoutMs: number;
  region: string;
}

export class FunctionTimeoutError extends Error {
  override readonly name = 'FunctionTimeoutError';
  readonly code = 'FUNCTION_TIMEOUT';
}

/** Calls a handler as Lambda does: with an event, a context and a time limit. */
export class LocalFunction<Event> {
  readonly #handler: FunctionHandler<Event>;
  readonly #options: FunctionOptions;

  constructor(handler: FunctionHandler<Event>, options: FunctionOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  get arn(): string {
    return `arn:aws:lambda:${this.#options.region}:000000000000:function:${this.#options.functionName}`;
  }

  /** @throws {FunctionTimeoutError} after the time limit. The handler keeps running; Lambda would stop it. */
  async invoke(event: Event): Promise<unknown> {
    const { timeoutMs, functionName } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      const message = `${functionName} took longer than ${timeoutMs} ms`;
      timer = setTimeout(() => reject(new FunctionTimeoutError(message)), timeoutMs);
    });
    try {
      return await Promise.race([this.#handler(event, this.#context()), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  #context(): Context {
    const { functionName, timeoutMs } = this.#options;
    const deadlineMs = performance.now() + timeoutMs;
    return {
      callbackWaitsForEmptyEventLoop: false,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: this.arn,
      memoryLimitInMB: '0',
      awsRequestId: randomUUID(),
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'local',
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - performance.now()),
      done: () => undefined,
      fail: () => undefined,
      succeed: () => undefined,
    };
  }
}

/** Imports the function `handler` of a compiled module. @throws {TypeError} if there is none */
export async function loadHandler<Handler>(url: string): Promise<Handler> {
  const module: unknown = await import(url);
  const handler: unknown =
    typeof module === 'object' && module !== null && 'handler' in module ? module.handler : undefined;
  if (!isHandler<Handler>(handler)) throw new TypeError(`${url} does not export a function named handler`);
  return handler;
}

/** The types of a compiled module are gone, so its signature cannot be checked. */
function isHandler<Handler>(value: unknown): value is Handler {
  return typeof value === 'function';
}
