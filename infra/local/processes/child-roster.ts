import type { Child, Exit } from './child.js';

/** A child exited without a request to stop. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  readonly code = 'CHILD_CRASHED';

  constructor(child: Child, { code, signal }: Exit) {
    const said = child.tail.trim();
    super(
      `${child.name} exited unexpectedly (${signal ?? `exit code ${code}`}).${said && ` Its last output:\n${said}`}`,
    );
  }
}

/** Children of a run. */
export class ChildRoster {
  readonly #children = new Set<Child>();
  readonly #allowed = new Set<Child>();
  #report: (error: CrashError) => void = () => undefined;

  /** Resolves at the first crash; otherwise never. */
  readonly crashed: Promise<CrashError> = new Promise((resolve) => {
    this.#report = resolve;
  });

  add<Member extends Child>(child: Member): Member {
    this.#children.add(child);
    void child.exited.then((exit) => {
      this.#children.delete(child);
      if (!exit.expected && !this.#allowed.has(child)) this.#report(new CrashError(child, exit));
    });
    return child;
  }

  /** Allows this child to exit by itself. */
  mayEnd(child: Child): void {
    this.#allowed.add(child);
  }

  /** Settles as `work` does, but rejects at a crash: work on a crashed system may never settle. */
  async guard<Result>(work: Promise<Result>): Promise<Result> {
    const crash = this.crashed.then((error) => Promise.reject(error));
    return Promise.race([work, crash]);
  }

  /** Sends SIGKILL to all running children. Resolves when they have ended. */
  async killAll(): Promise<void> {
    await Promise.all(Array.from(this.#children, (child) => child.kill()));
  }
}
