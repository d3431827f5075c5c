import type { ChangeStatus } from '@swipegate/contract';
import { type Api, path } from './api.js';
import { ApiError } from './api-error.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const GROWTH = 1.5;
/** Then whoever waits is told that it takes longer. */
const PATIENCE_MS = 60_000;

export function isSettled({ state }: Pick<ChangeStatus, 'state'>): boolean {
  return state === 'applied' || state === 'rejected';
}

/**
 * A change at each look at it, until it is settled or a minute is over: asked again after 100 ms, and ever more slowly, once a
 * second at last. Ends when the signal is aborted; rejects with an {@link ApiError}.
 */
export async function* followChange(api: Api, change: ChangeStatus, signal: AbortSignal): AsyncGenerator<ChangeStatus> {
  const until = performance.now() + PATIENCE_MS;
  let pauseMs = FIRST_PAUSE_MS;
  let now = change;
  yield now;
  while (!isSettled(now) && !signal.aborted && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    now = (await look(api, change.changeId, signal)) ?? now;
    yield now;
  }
}

/** @returns undefined where it cannot be told now */
async function look(api: Api, changeId: string, signal: AbortSignal): Promise<ChangeStatus | undefined> {
  try {
    return await api.get<ChangeStatus>(path('changes', changeId), { signal });
  } catch (error) {
    // It is on its way even where that could not be written down yet.
    if (error instanceof ApiError && (error.status === 404 || error.isPassing)) return undefined;
    throw error;
  }
}
