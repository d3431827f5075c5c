import type { ChangeState, ChangeStatus } from '@swipegate/contract';
import type { Api } from './api.js';
import { isAborted, sentenceOf } from './api-error.js';
import { button, element, fill, say } from './element.js';
import { followChange, isSettled } from './follow-change.js';

const STEPS = ['accepted', 'stored', 'applied'] as const;
const REACHED: Readonly<Record<ChangeState, number>> = { accepted: 1, stored: 2, applied: 3, rejected: 3 };
const SENTENCES: Readonly<Record<Exclude<ChangeState, 'rejected'>, string>> = {
  accepted: 'Accepted: on its way to the event store.',
  stored: 'Stored: it is not lost any more, and about to be applied.',
  applied: 'Applied: it is in force.',
};

/** Shows changes as they travel, each in three steps: accepted, stored, applied or rejected. */
export class ChangeTracker {
  /** Where they are shown; a page keeps it while it is drawn anew. */
  readonly element = element('section', { class: 'tracker', 'aria-label': 'Changes under way' });
  readonly #api: Api;
  readonly #signal: AbortSignal;

  constructor(api: Api, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  /**
   * Shows a change until it is settled.
   * @param title what was asked for
   * @param settled called once it is
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
      if (!isAborted(error)) say(status, `How far it has come cannot be told: ${sentenceOf(error)}`);
      return;
    }
    if (this.#signal.aborted) return;
    if (!isSettled(last)) {
      say(status, 'It takes longer than usual. It is not lost.');
      const again = () => {
        row.remove();
        void this.follow(last, title, settled);
      };
      row.append(button('Look again', again));
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
      const told = element('span', { class: 'unseen' }, isDone ? ' (done)' : ' (not yet)');
      return element('li', { class: tone }, word, told, element('span', { class: 'soft' }, after));
    }),
  );
  say(status, state === 'rejected' ? `Rejected: ${reason ?? 'no reason was given.'}` : SENTENCES[state]);
}

/** How long a step took, for who wonders. */
function afterText(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return '';
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 1_000 ? ` +${Math.max(ms, 0)} ms` : ` +${(ms / 1_000).toFixed(1)} s`;
}
