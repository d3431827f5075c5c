import type { ChangeState, ChangeStatus } from '@swipegate/contract';
import type { Api } from './api.js';
import { isAborted, sentenceOf } from './api-error.js';
import { button, element, fill, say } from './element.js';
import { followChange, isSettled } from './follow-change.js';

const STEPS = ['accepted', 'stored', 'applied'] as const;
const REACHED: Readonly<Record<ChangeState, number>> = { accepted: 1, stored: 2, applied: 3, rejected: 3 };
const SENTENCES: Readonly<Record<Exclude<ChangeState, 'rejected'>, string>> = {
  accepted: 'Accepted. Saving…',
  stored: 'Saved. Applying…',
  applied: 'Applied. The change is in force.',
};

/** Shows the progress of changes in three steps: accepted, stored, then applied or rejected. */
export class ChangeTracker {
  /** Container of the changes. A page keeps it when it redraws. */
  readonly element = element('section', { class: 'tracker', 'aria-label': 'Changes in progress' });
  readonly #api: Api;
  readonly #signal: AbortSignal;

  constructor(api: Api, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  /**
   * Shows a change until it is applied or rejected.
   * @param title heading, for example "Link a card to Ann"
   * @param settled called when the change is applied or rejected
   */
  async follow(change: ChangeStatus, title: string, settled: (change: ChangeStatus) => void): Promise<void> {
    const steps = element('ol', { class: 'steps' });
    const status = element('p', { role: 'status' });
    const row = element('article', { class: 'card change', tabindex: '-1', 'data-change': change.changeId });
    fill(row, element('h3', {}, title), steps, status);
    this.element.prepend(row);
    row.focus();
    let last = change;
    try {
      for await (last of followChange(this.#api, change, this.#signal)) draw(row, steps, status, last);
    } catch (error) {
      if (!isAborted(error)) say(status, `The progress cannot be read: ${sentenceOf(error)}`);
      return;
    }
    if (this.#signal.aborted) return;
    if (!isSettled(last)) {
      say(status, 'This is taking longer than usual. The change is not lost.');
      const again = () => {
        row.remove();
        void this.follow(last, title, settled);
      };
      row.append(button('Check again', again));
      return;
    }
    row.append(button('Dismiss', () => row.remove(), { class: 'quiet', 'aria-label': `Dismiss: ${title}` }));
    settled(last);
  }
}

function draw(row: HTMLElement, steps: HTMLElement, status: HTMLElement, change: ChangeStatus): void {
  const { state, acceptedAt, storedAt, settledAt, reason } = change;
  if (row.dataset['state'] === state) return;
  row.dataset['state'] = state;
  const times = [acceptedAt, storedAt, settledAt];
  const words = state === 'rejected' ? ['accepted', 'stored', 'rejected'] : STEPS;
  fill(
    steps,
    words.map((word, i) => {
      const isDone = i < REACHED[state];
      const tone = !isDone ? 'todo' : word === 'rejected' ? 'bad' : 'done';
      const after = isDone && i > 0 ? afterText(acceptedAt, times[i]) : '';
      const note = element('span', { class: 'unseen' }, isDone ? ' (done)' : ' (not yet)');
      return element('li', { class: tone }, word, note, element('span', { class: 'soft' }, after));
    }),
  );
  say(status, state === 'rejected' ? `Rejected: ${reason ?? 'no reason given.'}` : SENTENCES[state]);
}

/** Time from acceptance to a step, for example " +120 ms". */
function afterText(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return '';
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 1_000 ? ` +${Math.max(ms, 0)} ms` : ` +${(ms / 1_000).toFixed(1)} s`;
}
