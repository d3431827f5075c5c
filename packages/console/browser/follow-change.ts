import type { ChangeStatus } from '@swipegate/contract';
import { type Api, path } from './api.js';
import { ApiError } from './api-error.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const GROWTH = 1.5;
/** After this time the user sees that the change takes longer than usual. */
const PATIENCE_MS = 60_000;

export function isSettled({ state }: Pick<ChangeStatus, 'state'>): boolean {
  return state === 'applied' || state === 'rejected';
}

/**
 * Polls a change and yields it after each poll, until it is settled or a minute is over. The pause grows from 100 ms
 * to 1 s. Ends when the signal is aborted; rejects with {@link ApiError}.
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

/** @returns undefined if the change cannot be read at the moment */
async function look(api: Api, changeId: string, signal: AbortSignal): Promise<ChangeStatus | undefined> {
  try {
    return await api.get<ChangeStatus>(path('changes', changeId), { signal });
  } catch (error) {
    // 404: an accepted change may not have a row yet.
    if (error instanceof ApiError && (error.status === 404 || error.isPassing)) return undefined;
    throw error;
  }
}
