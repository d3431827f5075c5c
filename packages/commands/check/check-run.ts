import { messageOf } from '@swipegate/terminal/message-of';

export interface CheckResult {
  name: string;
  state: 'ok' | 'failed' | 'skipped';
  /** Duration, ms. */
  ms: number;
  detail: string;
  /** For a failed check: what to look at. */
  lookAt?: string;
}

/** One check of an installation. */
export interface Check {
  name: string;
  /** The place to look at when it fails. */
  lookAt: string;
  /** @returns a detail for the line. Rejects if the check fails; `lookAt` of the error is more precise than the check's */
  work(signal: AbortSignal): Promise<string>;
}

/** A check found a fault, and knows more about its cause. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code = 'CHECK_FAILED';
  readonly lookAt: string | undefined;

  constructor(message: string, lookAt?: string) {
    super(message);
    this.lookAt = lookAt;
  }
}

/** Runs checks one after the other and keeps their results. */
export class CheckRun {
  readonly results: CheckResult[] = [];
  readonly #signal: AbortSignal;
  readonly #onResult: (result: CheckResult) => void;

  /** @param signal when it aborts, the checks that follow are skipped */
  constructor(signal: AbortSignal, onResult: (result: CheckResult) => void) {
    this.#signal = signal;
    this.#onResult = onResult;
  }

  /** @param needs whether the checks that it depends on were ok. @returns whether it is ok */
  async check({ name, lookAt, work }: Check, needs = true): Promise<boolean> {
    if (!needs || this.#signal.aborted) {
      const detail = needs ? 'stopped' : 'needs a check above';
      return this.#add({ name, state: 'skipped', ms: 0, detail });
    }
    return this.#run({ name, lookAt, work }, this.#signal);
  }

  /** Runs a check even after the signal has aborted: for the cleaning up. */
  always(check: Check): Promise<boolean> {
    return this.#run(check, new AbortController().signal);
  }

  async #run({ name, lookAt, work }: Check, signal: AbortSignal): Promise<boolean> {
    const beganMs = performance.now();
    const ms = () => Math.round(performance.now() - beganMs);
    try {
      const detail = await work(signal);
      return this.#add({ name, state: 'ok', ms: ms(), detail });
    } catch (error) {
      const own = error instanceof Fault ? error.lookAt : undefined;
      return this.#add({ name, state: 'failed', ms: ms(), detail: messageOf(error), lookAt: own ?? lookAt });
    }
  }

  get isOk(): boolean {
    return this.results.every(({ state }) => state === 'ok');
  }

  #add(result: CheckResult): boolean {
    this.results.push(result);
    this.#onResult(result);
    return result.state === 'ok';
  }
}

const NAME_WIDTH = 30;
const MS_WIDTH = 7;

/** One line for a result, and a second one that says what to look at when it failed. */
export function resultLines({ name, state, ms, detail, lookAt }: CheckResult): string[] {
  const word = { ok: 'ok     ', failed: 'FAILED ', skipped: 'skipped' }[state];
  const time = state === 'skipped' ? '' : `${ms} ms`;
  const line = `  ${word}  ${name.padEnd(NAME_WIDTH)}${time.padStart(MS_WIDTH + 3)}  ${detail}`.trimEnd();
  return lookAt === undefined ? [line] : [line, `           Look at: ${lookAt}`];
}
