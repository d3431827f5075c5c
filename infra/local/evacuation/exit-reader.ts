import { setTimeout as delay } from 'node:timers/promises';
import { fullJitter } from '@swipegate/aws/backoff';
import { compile, ItemProblem, type Swipe } from '@swipegate/contract';
import Type from 'typebox';

export interface ExitReaderOptions {
  gatewayUrl: string;
  key: string;
  onAccepted(swipes: number): void;
}

const isResult = compile(
  Type.Object({ accepted: Type.Integer(), rejected: Type.Array(Type.Pick(ItemProblem, ['index', 'code', 'reason'])) }),
);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const TIMEOUT_MS = 15_000;
/** Below the API's limit of items per body. */
const MAX_SWIPES = 400;

export class ExitRefusedError extends Error {
  override readonly name = 'ExitRefusedError';
  readonly code = 'EXIT_REFUSED';
}

/** Door controller at an exit. It opens for everyone, and posts each swipe until the gateway accepts it. */
export class ExitReader {
  readonly #options: ExitReaderOptions;
  readonly #waiting: Swipe[] = [];
  #posting: Promise<void> | undefined;

  constructor(options: ExitReaderOptions) {
    this.#options = options;
  }

  swiped(swipe: Swipe): void {
    this.#waiting.push(swipe);
    this.#posting ??= this.#postAll().finally(() => {
      this.#posting = undefined;
    });
    // `settled` reports the error.
    this.#posting.catch(() => undefined);
  }

  /** Resolves when all swipes are accepted. @throws {ExitRefusedError} when the gateway refuses one for good */
  async settled(): Promise<void> {
    while (this.#posting !== undefined) await this.#posting;
  }

  async #postAll(): Promise<void> {
    for (let failures = 0; this.#waiting.length > 0; ) {
      const swipes = this.#waiting.splice(0, MAX_SWIPES);
      const left = await this.#post(swipes);
      this.#options.onAccepted(swipes.length - left.length);
      this.#waiting.unshift(...left);
      failures = left.length === swipes.length ? failures + 1 : 0;
      if (failures > 0) await delay(fullJitter(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
    }
  }

  /** @returns swipes to post again */
  async #post(swipes: readonly Swipe[]): Promise<Swipe[]> {
    const { gatewayUrl, key } = this.#options;
    const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(swipes),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    const body: unknown = await answer?.json().catch(() => undefined);
    if (answer === undefined || body === undefined) return [...swipes];
    const { status } = answer;
    if (status === 429 || status >= 500) return [...swipes];
    if (!isResult(body)) throw new ExitRefusedError(`The gateway refused exits: ${status} ${JSON.stringify(body)}`);
    return body.rejected.flatMap(({ index, code, reason }) => {
      if (code === 'overloaded' || code === 'stream-unavailable') return swipes[index] ?? [];
      throw new ExitRefusedError(`The gateway refused an exit: ${reason}`);
    });
  }
}
