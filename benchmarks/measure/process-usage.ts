import { readFile } from 'node:fs/promises';
import type { Child } from '@swipegate/infra/local/processes/child';

/** What a process has used: all its threads together. */
export interface ProcessUsage {
  /** User and system time since its start, s. */
  cpuSeconds: number;
  /** Resident memory, bytes. */
  rssBytes: number;
}

/** Linux counts CPU time in ticks of 1/100 s for user space, whatever the kernel's own rate. */
const TICKS_PER_SECOND = 100;
const hasProc = process.platform === 'linux';

/**
 * Reads what a child has used: on Linux from outside, through /proc; elsewhere the child is asked, and must have been
 * started with {@link usageEnv} and `onMessage: usage.onMessage`.
 */
export class UsageReader {
  #answer: (usage: ProcessUsage) => void = () => undefined;

  readonly onMessage = (message: unknown): void => {
    if (isReport(message)) this.#answer(message);
  };

  read(child: Child): Promise<ProcessUsage> {
    return hasProc ? readProc(child.pid) : this.ask(child);
  }

  ask(child: Child): Promise<ProcessUsage> {
    const answered = new Promise<ProcessUsage>((resolve) => {
      this.#answer = resolve;
    });
    child.send({ type: 'usage' });
    return answered;
  }
}

/** Environment under which a child answers for its usage; empty where /proc does. */
export function usageEnv(proc = hasProc): Record<string, string> {
  return proc ? {} : { NODE_OPTIONS: `--import=${new URL('./usage-reporter.js', import.meta.url).href}` };
}

async function readProc(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name, in parentheses, may hold blanks; utime and stime are the 14th and 15th fields of the whole line.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (Number.isNaN(ticks) || Number.isNaN(rssKib)) throw new Error(`/proc/${pid} is not as expected`);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: rssKib * 1_024 };
}

function isReport(message: unknown): message is ProcessUsage {
  return typeof message === 'object' && message !== null && 'cpuSeconds' in message && 'rssBytes' in message;
}
