import { ApiError, messageOf } from '../api/api.js';
import { button, buttonRow, element, fill } from './element.js';
import type { Field } from './fields.js';

interface FormOptions {
  fields: readonly Field<unknown>[];
  submitLabel: string;
  isDanger?: boolean;
  /** Adds a Cancel button that calls this. */
  cancel?: () => void;
  /** Reads and sends the fields. If it rejects, the error is shown at its field and above the buttons. */
  submit(): Promise<void>;
}

/** The content of a field is invalid and was not sent. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly code = 'FIELD_UNREADABLE';
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/** Makes a form that shows each error of the page or the API at its field. */
export function form({ fields, submitLabel, isDanger = false, cancel, submit }: FormOptions): HTMLFormElement {
  const wrong = element('p', { class: 'alert', role: 'alert', hidden: true });
  const send = element('button', { class: isDanger ? 'danger' : 'primary' }, submitLabel);
  const made = element(
    'form',
    { onsubmit: (event) => void submitted(event) },
    fields.map((field) => field.element),
    wrong,
    buttonRow(send, cancel === undefined ? undefined : button('Cancel', cancel)),
  );
  return made;

  async function submitted(event: Event): Promise<void> {
    event.preventDefault();
    if (send.ariaDisabled === 'true') return;
    say(undefined);
    // Not `disabled`, which would lose the focus.
    send.ariaDisabled = 'true';
    made.ariaBusy = 'true';
    try {
      await submit();
    } catch (error) {
      say(error);
    } finally {
      send.ariaDisabled = null;
      made.ariaBusy = null;
    }
  }

  function say(error: unknown): void {
    const named = error instanceof ApiError || error instanceof FieldError ? error.field : '';
    let about: Field<unknown> | undefined;
    for (const field of fields) {
      const isIt = named !== '' && (field.name === named || named.startsWith(`${field.name}.`));
      if (isIt) about = field;
      field.complain(isIt ? wordsOf(error, field) : '');
    }
    wrong.hidden = error === undefined;
    fill(wrong, error === undefined ? '' : wordsOf(error, about));
    about?.control.focus();
  }
}

/** The message of an error, with the label of its field instead of the member of the API. */
function wordsOf(error: unknown, field: Field<unknown> | undefined): string {
  const message = messageOf(error);
  // The first text only: a label may say that its field is optional.
  const label = field?.element.querySelector('label, legend')?.firstChild?.textContent ?? '';
  const isNamed = error instanceof ApiError && field !== undefined && message.startsWith(`${field.name} `);
  return isNamed && label !== '' ? `${label}${message.slice(field.name.length)}` : message;
}
