import type { ChangeState, ChangeStatus } from '@swipegate/contract';
import { type Api, ApiError, type ChangeRequest, IdempotencyKey, isAborted, messageOf, path } from '../api/api.js';
import { askForm } from './dialog.js';
import { button, type Child, element, fill, say } from './element.js';
import { type Field, whyField } from './fields.js';
import { FieldError } from './form.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const GROWTH = 1.5;
/** After this time the user sees that the change takes longer than usual. */
const PATIENCE_MS = 60_000;
const STEPS = ['accepted', 'stored', 'applied'] as const;
const REACHED: Readonly<Record<ChangeState, number>> = { accepted: 1, stored: 2, applied: 3, rejected: 3 };
const SENTENCES: Readonly<Record<Exclude<ChangeState, 'rejected'>, string>> = {
  accepted: 'Accepted. Saving…',
  stored: 'Saved. Applying…',
  applied: 'Applied. The change is in force.',
};

interface FormTexts {
  title: string;
  /** Consequence of the change. */
  text?: Child;
  submitLabel: string;
  isDanger?: boolean;
  /** Fields shown before the reason. */
  fields?: readonly Field<unknown>[];
  /** Whether the dialog takes the width of the window, as a week of hours needs it. */
  isWide?: boolean;
}

type ChangeAsked = Omit<ChangeRequest, 'idempotencyKey'>;

/** A form whose answer is a change. */
interface ChangeDialog<Answer extends ChangeStatus> extends FormTexts {
  /** Builds the request. @throws {FieldError} for a value that cannot be sent */
  request(why: string): ChangeAsked | Promise<ChangeAsked>;
  /** Assigns an error of the API to a field of the form. Default: by its member. */
  errorOf?(error: unknown): unknown;
  /** Called with the answer, before the progress is shown. */
  accepted?(answer: Answer): Promise<void>;
  /** Heading of the change's progress. Default: the title. */
  progressTitle?(): string;
  /** Called when the change is applied or rejected. */
  settled(change: ChangeStatus): void;
}

/** A form whose answer is several changes. */
interface ChangesDialog<Answer extends ChangeStatus> extends FormTexts {
  /** Builds the requests, which are sent one after another. @throws {FieldError} for a value that cannot be sent */
  requests(why: string): readonly ChangeAsked[] | Promise<readonly ChangeAsked[]>;
  /** Assigns an error of the API to a field of the form, by the position of its request. Default: by its member. */
  errorOf?(error: unknown, i: number): unknown;
  /** Called with the answers, before the progress is shown. */
  accepted?(answers: Answer[]): Promise<void>;
  /** Heading of a change's progress, by the position of its request. */
  progressTitle(i: number): string;
  /** Called once, when all changes are applied or rejected. */
  settled(changes: readonly ChangeStatus[]): void;
}

/** Sends changes, and shows their progress in three steps: accepted, stored, then applied or rejected. */
export class ChangeTracker {
  /** A page keeps this container when it redraws. */
  readonly element = element('section', { class: 'tracker', 'aria-label': 'Changes in progress' });
  readonly #api: Api;
  readonly #signal: AbortSignal;
  readonly #isSeries: boolean;
  #lastWhy = '';

  /**
   * @param isSeries for a page where changes come in series: a form proposes the reason of the one before it, and sending
   * it takes away the changes that are applied
   */
  constructor(api: Api, signal: AbortSignal, { isSeries = false }: { isSeries?: boolean } = {}) {
    this.#api = api;
    this.#signal = signal;
    this.#isSeries = isSeries;
  }

  /** Asks for the reason of a change, sends the change and shows its progress. */
  ask<Answer extends ChangeStatus = ChangeStatus>(dialog: ChangeDialog<Answer>): Promise<void> {
    const { request, errorOf, accepted, progressTitle, settled, ...texts } = dialog;
    return this.#ask<Answer>({
      ...texts,
      requests: async (why) => [await request(why)],
      ...(errorOf === undefined ? {} : { errorOf }),
      accepted: async ([answer]) => {
        if (answer !== undefined) await accepted?.(answer);
      },
      progressTitle: () => progressTitle?.() ?? texts.title,
      settled: ([change]) => {
        if (change !== undefined) settled(change);
      },
    });
  }

  /** Asks for the reason of several changes. A retry after an error sends only those that were not accepted. */
  askAll<Answer extends ChangeStatus = ChangeStatus>(dialog: ChangesDialog<Answer>): Promise<void> {
    return this.#ask(dialog);
  }

  async #ask<Answer extends ChangeStatus>(dialog: ChangesDialog<Answer>): Promise<void> {
    const { title, text, submitLabel, isDanger = false, isWide = false, fields = [] } = dialog;
    const { errorOf = (error) => error } = dialog;
    const why = whyField(this.#lastWhy);
    const keys: IdempotencyKey[] = [];
    const overwrites = new Map<number, string>();
    const done = new Map<string, Answer>();
    const send = async (asked: ChangeAsked, i: number): Promise<Answer> => {
      // Accepted before another request failed. A key would not be answered twice.
      const content = JSON.stringify([i, asked]);
      const before = done.get(content);
      if (before !== undefined) return before;
      const expects = overwrites.get(i);
      const request = expects === undefined ? asked : { ...asked, expects };
      keys[i] ??= new IdempotencyKey();
      try {
        const answer = await this.#api.change<Answer>({ ...request, idempotencyKey: keys[i].for(request) });
        done.set(content, answer);
        return answer;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'changed-meanwhile' && error.version !== undefined) {
          overwrites.set(i, error.version);
          throw new FieldError('', `${error.message} Send again to overwrite that, or cancel and reload the page.`);
        }
        throw errorOf(error, i);
      }
    };
    const answers = await askForm({
      title,
      text,
      fields: [...fields, why],
      submitLabel,
      isDanger,
      isWide,
      submit: async () => {
        const sent: Answer[] = [];
        for (const [i, asked] of (await dialog.requests(why.read())).entries()) sent.push(await send(asked, i));
        return sent;
      },
    });
    if (answers === undefined) return;
    if (this.#isSeries) {
      this.#lastWhy = why.read();
      for (const row of this.element.querySelectorAll('[data-state=applied]')) row.remove();
    }
    await dialog.accepted?.(answers);
    void this.#followAll(answers, dialog);
  }

  async #followAll(
    answers: ChangeStatus[],
    { progressTitle, settled }: Pick<ChangesDialog<ChangeStatus>, 'progressTitle' | 'settled'>,
  ): Promise<void> {
    const all: ChangeStatus[] = [];
    const settle = (change: ChangeStatus) => {
      all.push(change);
      if (all.length === answers.length) settled(all);
    };
    await Promise.all(answers.map((answer, i) => this.#follow(answer, progressTitle(i), settle)));
  }

  /** Shows a change until it is applied or rejected. */
  async #follow(change: ChangeStatus, title: string, settled: (change: ChangeStatus) => void): Promise<void> {
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
      if (!isAborted(error)) say(status, `The progress cannot be read: ${messageOf(error)}`);
      return;
    }
    if (this.#signal.aborted) return;
    if (!isSettled(last)) {
      say(status, 'This is taking longer than usual. The change is not lost.');
      const again = () => {
        row.remove();
        void this.#follow(last, title, settled);
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

function isSettled({ state }: Pick<ChangeStatus, 'state'>): boolean {
  return state === 'applied' || state === 'rejected';
}

/**
 * Polls a change and yields it after each poll, until it is settled or a minute is over. The pause grows from 100 ms
 * to 1 s. Ends when the signal is aborted; rejects with {@link ApiError}.
 */
async function* followChange(api: Api, change: ChangeStatus, signal: AbortSignal): AsyncGenerator<ChangeStatus> {
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
