import type { Child, ChildOptions, Exit } from './child.js';
import { type Ready, Service } from './service.js';

/** A child exited without a request to stop. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  readonly code = 'CHILD_CRASHED';

  constructor(child: Child, { code, signal }: Exit, advice = '') {
    const said = child.tail.trim();
    const what = `${child.name} exited unexpectedly (${signal ?? `exit code ${code}`}).`;
    super(`${what}${advice && ` ${advice}`}${said && ` Its last output:\n${said}`}`);
  }
}

/** Children of a run. */
export class ChildRoster {
  readonly #children = new Set<Child>();
  readonly #services = new Set<Service>();
  readonly #restarts = new Map<string, number>();
  readonly #say: (line: string) => void;
  readonly #allowed = new Set<Child>();
  #report: (error: CrashError) => void = () => undefined;

  /** @param say receives a line when a process is started again */
  constructor(say: (line: string) => void = () => undefined) {
    this.#say = say;
  }

  /** How often a process died and was started again, by its name. */
  get restarts(): ReadonlyMap<string, number> {
    return this.#restarts;
  }

  /** Resolves at the first crash of a process that cannot be started again; otherwise never. */
  readonly crashed: Promise<CrashError> = new Promise((resolve) => {
    this.#report = resolve;
  });

  /** @param advice for the error if it crashes: the consequence and what to do */
  add<Member extends Child>(child: Member, advice?: string): Member {
    this.#children.add(child);
    void child.exited.then((exit) => {
      this.#children.delete(child);
      if (!exit.expected && !this.#allowed.has(child)) this.#report(new CrashError(child, exit, advice));
    });
    return child;
  }

  /** Starts a process that holds no state: when it dies, another takes its place. @throws {ChildError} if it does not start */
  async startService(optionsOf: (before: Ready | undefined) => ChildOptions): Promise<Service> {
    const service = await Service.start({
      optionsOf,
      onDied: ({ code, signal }, pauseMs) => {
        const { name } = service;
        this.#restarts.set(name, (this.#restarts.get(name) ?? 0) + 1);
        this.#say(`${name} died (${signal ?? `exit code ${code}`}). It starts again in ${pauseMs / 1_000} s.`);
      },
      onGivenUp: (child, exit) => this.#report(new CrashError(child, exit)),
    });
    this.#services.add(service);
    return service;
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
    await Promise.all(Array.from([...this.#services, ...this.#children], (process) => process.kill()));
  }
}
