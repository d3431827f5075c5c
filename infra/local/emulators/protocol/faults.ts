/**
 * `internal` and `throttle` refuse a call before it has any effect, with the service's own code for it. `answer-lost` does what
 * was asked and then breaks the connection: the caller cannot know.
 */
export type FaultKind = 'internal' | 'throttle' | 'answer-lost';

/** What goes wrong next, by operation. */
export class Faults {
  readonly #next = new Map<string, FaultKind[]>();

  /**
   * Makes the next calls of an operation fail, after those that were asked for before.
   *
   * @param operation as the SDK's command is named, without `Command`: `PutObject`
   * @param times how many calls; the SDK itself tries three times
   */
  failNext(operation: string, { times = 1, kind = 'internal' }: { times?: number; kind?: FaultKind } = {}): void {
    const planned = this.#next.get(operation) ?? [];
    this.#next.set(operation, planned.concat(Array.from({ length: times }, () => kind)));
  }

  /** The fault of the call that is made now, if it shall have one. */
  take(operation: string): FaultKind | undefined {
    return this.#next.get(operation)?.shift();
  }
}
