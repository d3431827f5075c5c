/**
 * `internal` and `throttle` refuse a call before it has any effect, with the service's own error code. `answer-lost` runs the
 * call and then breaks the connection, so the caller cannot know its result.
 */
export type FaultKind = 'internal' | 'throttle' | 'answer-lost';

/** Planned faults, by operation. */
export class Faults {
  readonly #next = new Map<string, FaultKind[]>();

  /**
   * Makes the next calls of an operation fail, after any faults planned before.
   *
   * @param operation name of the SDK's command without `Command`, e.g. `PutObject`
   * @param times number of calls to fail. The SDK makes three attempts.
   */
  failNext(operation: string, { times = 1, kind = 'internal' }: { times?: number; kind?: FaultKind } = {}): void {
    const planned = this.#next.get(operation) ?? [];
    this.#next.set(operation, planned.concat(Array.from({ length: times }, () => kind)));
  }

  /** Returns and removes the fault planned for the current call, if any. */
  take(operation: string): FaultKind | undefined {
    return this.#next.get(operation)?.shift();
  }
}
