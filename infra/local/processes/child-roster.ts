import type { Child, Exit } from './child.js';

/** A child that ended though nobody asked it to. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  readonly code = 'CHILD_CRASHED';

  constructor(child: Child, { code, signal }: Exit) {
    const said = child.tail.trim();
    super(`${child.name} ended unexpectedly (${signal ?? `exit code ${code}`}).${said && ` It said last:\n${said}`}`);
  }
}

/** The processes of a run: notices when one of them dies, and ends them all when need be. */
export class ChildRoster {
  readonly #children = new Set<Child>();
  readonly #allowed = new Set<Child>();
  #report: (error: CrashError) => void = () => undefined;

  /** Resolves at the first crash; else never. */
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

  /** From now on this child may end by itself. */
  mayEnd(child: Child): void {
    this.#allowed.add(child);
  }

  /** Rejects with the crash, if one comes before `work` is done: work on a crashed system may never end. */
  async guard<Result>(work: Promise<Result>): Promise<Result> {
    const crash = this.crashed.then((error) => Promise.reject(error));
    return Promise.race([work, crash]);
  }

  /** SIGKILL to all that still run; resolves when they have ended. */
  async killAll(): Promise<void> {
    await Promise.all(Array.from(this.#children, (child) => child.kill()));
  }
}
