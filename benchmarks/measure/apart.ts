import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { inTurns, type Side } from './figures.js';

/** Environment variable of a process that measures one side: the side's number. */
const SIDE = 'BENCHMARK_SIDE';

/**
 * Measures all sides in turns, each in a process of its own: no side pays for the garbage of another, or runs code that
 * was compiled for it. Each process runs this program again up to this call, which never returns there. Call it once.
 * @param warmUp first rounds, which compile the code and fill caches, and are not counted
 * @param env variables of the sides' processes, for example the address of a server that they share
 */
export async function inTurnsApart(
  sides: readonly Side[],
  rounds: number,
  { warmUp = 1, env = {} }: { warmUp?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const own = sides[Number(process.env[SIDE])];
  if (own !== undefined) return serve(own);
  const [, program = '', ...args] = process.argv;
  const children = sides.map((_, i) => fork(program, args, { env: { ...process.env, ...env, [SIDE]: String(i) } }));
  try {
    const elsewhere = sides.map(({ figures }, i): Side => ({ figures, measure: () => figureOf(children[i]) }));
    await inTurns(elsewhere, rounds, warmUp);
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
  }
}

/** Measures whenever the parent asks, until it disconnects. */
function serve({ measure }: Side): Promise<never> {
  process.on('message', async () => process.send?.({ figure: await measure() }));
  process.on('disconnect', () => process.exit());
  return new Promise(() => undefined);
}

async function figureOf(child: ChildProcess | undefined): Promise<number> {
  const ended = new AbortController();
  const { signal } = ended;
  child?.send('measure');
  try {
    const answer: unknown = await Promise.race([
      child && once(child, 'message', { signal }).then(([message]) => message),
      child && once(child, 'exit', { signal }),
    ]);
    if (typeof answer === 'object' && answer !== null && 'figure' in answer) return Number(answer.figure);
  } finally {
    ended.abort();
  }
  throw new Error('The process of a side ended before it had measured');
}
