import { readFile } from 'node:fs/promises';
import type { Child } from '@swipegate/infra/local/processes/child';

/** Resource usage of a process with all its threads. */
export interface ProcessUsage {
  /** User and system time since its start, s. */
  cpuSeconds: number;
  /** Resident memory, bytes. */
  rssBytes: number;
}

/** Linux reports CPU time to user space in ticks of 1/100 s, whatever the kernel's own tick rate is. */
const TICKS_PER_SECOND = 100;
const hasProc = process.platform === 'linux';

/** Reads a child's usage from /proc or, if it was started with {@link usageEnv} and `onMessage`, from the child. */
export class UsageReader {
  #answer: (usage: ProcessUsage) => void = () => undefined;

  readonly onMessage = (message: unknown): void => {
    if (isReport(message)) this.#answer(message);
  };

  read(child: Child): Promise<ProcessUsage> {
    if (hasProc) return readProc(child.pid);
    return new Promise((resolve) => {
      this.#answer = resolve;
      child.send({ type: 'usage' });
    });
  }
}

/** Environment that makes a child report its usage; empty where /proc exists. */
export function usageEnv(): Record<string, string> {
  return hasProc ? {} : { NODE_OPTIONS: `--import=${new URL('./usage-reporter.js', import.meta.url).href}` };
}

async function readProc(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The process name, in parentheses, may contain spaces; utime and stime are fields 14 and 15 of the whole line.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (Number.isNaN(ticks) || Number.isNaN(rssKib)) throw new Error(`/proc/${pid} has an unexpected format`);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: rssKib * 1_024 };
}

function isReport(message: unknown): message is ProcessUsage {
  return typeof message === 'object' && message !== null && 'cpuSeconds' in message && 'rssBytes' in message;
}
